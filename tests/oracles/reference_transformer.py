# SPDX-License-Identifier: Apache-2.0
"""The Transformer of Apple's ml-ane-transformers tests, written the ordinary way: (B, S, C), linear layers, all heads at once.

Encoder and decoder with normalization after each residual sum, position vectors added to the inputs of queries and keys only,
additive masks whose axes are (batch, key, 1, query). Inputs and outputs are (B, C, 1, S), as in those tests.
"""
import torch
from torch import nn

INPUTS = ["encoder_input", "decoder_input", "encoder_pos_embed", "decoder_pos_embed",
          "encoder_k_mask", "decoder_k_mask", "encoder_qk_mask", "decoder_qk_mask"]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        for name in ("q", "k", "v", "out"):
            linear = nn.Linear(width, width)
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)
            setattr(self, name, linear)
        self.norm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, query, key, value, masks):
        batch, _, width = query.shape

        def by_heads(x):
            return x.reshape(batch, -1, self.heads, width // self.heads).transpose(1, 2)

        q, k, v = by_heads(self.q(query)), by_heads(self.k(key)), by_heads(self.v(value))
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        for mask in masks:
            scores = scores + mask.permute(0, 2, 3, 1)  # (batch, 1, query, key)
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, -1, width))


class Layer(nn.Module):
    def __init__(self, width, inner, heads, crosses):
        super().__init__()
        self.own = Attention(width, heads)
        self.cross = Attention(width, heads) if crosses else None
        self.up, self.down, self.norm = nn.Linear(width, inner), nn.Linear(inner, width), nn.LayerNorm(width, eps=1e-5)

    def forward(self, x, positions, masks, seen=None, seen_positions=None, seen_masks=()):
        placed = x + positions
        x = self.own.norm(x + self.own(placed, placed, x, masks))
        if self.cross is not None:
            x = self.cross.norm(x + self.cross(x + positions, seen + seen_positions, seen, seen_masks))
        return self.norm(x + self.down(torch.relu(self.up(x))))


class Transformer(nn.Module):
    def __init__(self, width=512, inner=2048, heads=8, depth=6):
        super().__init__()
        self.encoder = nn.ModuleList(Layer(width, inner, heads, False) for _ in range(depth))
        self.decoder = nn.ModuleList(Layer(width, inner, heads, True) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, encoder_input, decoder_input, encoder_pos_embed, decoder_pos_embed,
                encoder_k_mask, decoder_k_mask, encoder_qk_mask, decoder_qk_mask):
        x, y, at_x, at_y = (t.squeeze(2).transpose(1, 2) for t in
                            (encoder_input, decoder_input, encoder_pos_embed, decoder_pos_embed))
        for layer in self.encoder:
            x = layer(x, at_x, (encoder_qk_mask, encoder_k_mask))
        for layer in self.decoder:
            y = layer(y, at_y, (decoder_qk_mask, decoder_k_mask), x, at_x, (encoder_k_mask,))
        return tuple(t.transpose(1, 2).unsqueeze(2) for t in (self.norm(y), x))


def inputs(batch, source, target, width=512, seed=1):
    torch.manual_seed(seed)
    values = [torch.rand(batch, width, 1, length) for length in (source, target, source, target)]
    values += [torch.zeros(batch, source, 1, 1), torch.zeros(batch, target, 1, 1),
               torch.zeros(batch, source, 1, source), torch.zeros(batch, target, 1, target)]
    return dict(zip(INPUTS, values))


def transformer():
    torch.manual_seed(0)
    return Transformer().eval()
