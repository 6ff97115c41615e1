#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compressed models beside coremltools: what the same setting costs, example by example.

Each model is converted to a package, compressed by anemone and by coremltools with the same setting, and the weights of
both results are read back and put into the original network (float32 arithmetic). Compared are the squared error of every
tensor, the mean squared error and KL divergence of the logits (SST-2 dev set; the Shakespeare excerpt) against the
network that is not compressed, and 1 - cosine of sentence embeddings (MiniLM, when MINILM names its folder). Exit 1 when a
figure of ours is more than 1 % worse. Needs transformers and tokenizers; without them nothing is compared, and that is said.
"""
import json
import logging
import math
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get('ANEMONE', str(ROOT / 'build/release/anemone'))
MINILM = os.environ.get('MINILM', '')

try:
    logging.disable(logging.WARNING)
    import numpy as np
    import torch
    import coremltools as ct
    import coremltools.optimize.coreml as cto
    from coremltools.converters.mil.frontend.milproto import load as milproto
    from tokenizers import Tokenizer
    from transformers import AutoModel, DistilBertForSequenceClassification, GPT2LMHeadModel
except ImportError as error:
    print('skipped:', error)
    sys.exit(0)

palette = lambda bits, **rest: cto.OptimizationConfig(cto.OpPalettizerConfig(mode='kmeans', nbits=bits, **rest))
linear = lambda dtype, **rest: cto.OptimizationConfig(cto.OpLinearQuantizerConfig(mode='linear_symmetric', dtype=dtype, **rest))

# name -> (flags of anemone, coremltools)
SETTINGS = {
    'int8': (['--quantize', 'int8'], lambda m: cto.linear_quantize_weights(m, linear('int8'))),
    'int4': (['--quantize', 'int4'], lambda m: cto.linear_quantize_weights(m, linear('int4'))),
    'int4 block 32': (['--quantize', 'int4', '--granularity', 'per_block', '--force'],
                      lambda m: cto.linear_quantize_weights(m, linear('int4', granularity='per_block', block_size=32))),
    'lut8': (['--palettize', '8'], lambda m: cto.palettize_weights(m, palette(8))),
    'lut6': (['--palettize', '6'], lambda m: cto.palettize_weights(m, palette(6))),
    'lut4': (['--palettize', '4'], lambda m: cto.palettize_weights(m, palette(4))),
    'lut4 group 16': (['--palettize', '4', '--group-size', '16'],
                      lambda m: cto.palettize_weights(m, palette(4, granularity='per_grouped_channel', group_size=16))),
    'lut3': (['--palettize', '3'], lambda m: cto.palettize_weights(m, palette(3))),
    'lut2': (['--palettize', '2'], lambda m: cto.palettize_weights(m, palette(2))),
    'prune 50 %': (['--prune', '0.5'],
                   lambda m: cto.prune_weights(m, cto.OptimizationConfig(cto.OpMagnitudePrunerConfig(target_sparsity=0.5)))),
}


def run(*arguments):
    subprocess.run([ANEMONE, *map(str, arguments), '--quiet'], check=True)


def constants(package):
    """Float constants of a package by name."""
    spec = ct.models.MLModel(str(package), skip_model_load=True).get_spec()
    program = milproto.load(spec, specification_version=spec.specificationVersion,
                            file_weights_dir=str(package / 'Data/com.apple.CoreML/weights'))
    return {op.outputs[0].name: op.outputs[0].val for op in program.functions['main'].operations
            if op.op_type == 'const' and isinstance(op.outputs[0].val, np.ndarray) and op.outputs[0].val.dtype in (np.float16, np.float32)}


class Sentiment:
    folder = ROOT / 'models/tiny-sentiment'

    def __init__(self):
        tokenizer = Tokenizer.from_file(str(self.folder / 'tokenizer.json'))
        tokenizer.no_padding()
        tokenizer.enable_truncation(128)
        lines = [line.rsplit('\t', 1) for line in (self.folder / 'golden/sst2_dev.tsv').read_text().split('\n') if line]
        self.ids = [torch.tensor([tokenizer.encode(text).ids]) for text, _ in lines]
        self.labels = np.array([int(label) for _, label in lines])
        self.network = DistilBertForSequenceClassification.from_pretrained(self.folder, dtype=torch.float32).eval()

    @torch.no_grad()
    def logits(self):
        return np.concatenate([self.network(input_ids=i, attention_mask=torch.ones_like(i)).logits.numpy() for i in self.ids])

    def figure(self, logits):
        return 'accuracy', float((logits.argmax(1) == self.labels).mean())


class Shakespeare:
    folder = ROOT / 'models/tiny-shakespeare'

    def __init__(self):
        ids = json.loads((self.folder / 'golden/excerpt_ids.json').read_text())
        self.windows = torch.tensor(ids[:8 * 256]).reshape(8, 256)
        self.network = GPT2LMHeadModel.from_pretrained(self.folder, dtype=torch.float32).eval()

    @torch.no_grad()
    def logits(self):
        return np.concatenate([self.network(input_ids=w[None], use_cache=False).logits[0].numpy() for w in self.windows])

    def figure(self, logits):
        scores = torch.log_softmax(torch.tensor(logits).double(), -1).reshape(8, 256, -1)[:, :-1]
        return 'perplexity', math.exp(-scores.gather(2, self.windows[:, 1:, None]).mean().item())


class MiniLm:
    folder = pathlib.Path(MINILM)

    def __init__(self):
        tokenizer = Tokenizer.from_file(str(self.folder / 'tokenizer.json'))
        tokenizer.no_padding()
        texts = (Sentiment.folder / 'golden/sst2_dev.tsv').read_text().split('\n')[:100]
        self.ids = [torch.tensor([tokenizer.encode(text.rsplit('\t', 1)[0]).ids]) for text in texts if text]
        self.network = AutoModel.from_pretrained(self.folder, dtype=torch.float32).eval()

    @torch.no_grad()
    def logits(self):  # embeddings
        rows = [self.network(input_ids=i, attention_mask=torch.ones_like(i)).last_hidden_state[0].mean(0).numpy() for i in self.ids]
        return np.stack([row / np.linalg.norm(row) for row in rows])

    def figure(self, rows):
        return 'cosine', float((rows * self.plain).sum(1).mean()) if hasattr(self, 'plain') else 1.0


def put(model, package, original):
    """Puts the package's weights into the network and returns the squared error of each tensor that changed."""
    found = constants(package)
    errors = {}
    for name, parameter in model.network.named_parameters():
        old = original[name]
        stem = name.rsplit('.', 1)[0].replace('.', '_') + '_'
        parts = [found[k].astype(np.float32) for k in found if k.startswith(stem) and found[k].squeeze().ndim == 2]
        if old.ndim != 2 or not parts or not name.endswith('.weight'):
            parameter.data.copy_(old)
            continue
        # A weight may have been cut (query, key, value) or shortened (positions).
        new = torch.from_numpy(np.concatenate([part.squeeze() for part in parts]))
        if new.shape[::-1] == old.shape and (new.shape != old.shape or (new - old).abs().mean() > (new.T - old).abs().mean()):
            new = new.T
        if len(new) < len(old):
            new = torch.cat([new, old[len(new):]])
        errors[name] = float(((new - old).double() ** 2).sum())
        parameter.data.copy_(new)
    return errors


def kl(reference, logits):
    p = torch.log_softmax(torch.tensor(reference).double(), -1)
    q = torch.log_softmax(torch.tensor(logits).double(), -1)
    return float((p.exp() * (p - q)).sum(-1).mean())


def psnr(reference, logits):
    return 20 * math.log10((np.abs(reference).max() + 1e-5) / (math.sqrt(((logits - reference) ** 2).mean()) + 1e-10))


def judge(name, model, folder):
    worse = 0
    package = folder / 'plain.mlpackage'
    run('convert', model.folder, '-o', package, '--minimum-deployment-target', 'iOS18', '--no-check')
    original = {n: p.detach().clone() for n, p in model.network.named_parameters()}
    found = put(model, package, original)
    missing = [n for n in original if n not in found and original[n].ndim == 2]
    assert not missing, missing
    reference = model.logits()
    model.plain = reference
    print(f'{name}: {model.figure(reference)[0]} {model.figure(reference)[1]:.4f} as it is')
    for setting, (flags, peer) in SETTINGS.items():
        rows, errors = {}, {}
        run('compress', package, '-o', folder / 'ours.mlpackage', *flags)
        try:
            compressed = peer(ct.models.MLModel(str(package), skip_model_load=True))
        except ModuleNotFoundError as error:
            print(f'  {setting:14} not compared: {error}')
            continue
        compressed.save(str(folder / 'peer.mlpackage'))
        for who in ('ours', 'peer'):
            run('decompress', folder / f'{who}.mlpackage', '-o', folder / 'read.mlpackage')
            errors[who] = put(model, folder / 'read.mlpackage', original)
            logits = model.logits()
            rows[who] = {'mse': float(((logits.astype(np.float64) - reference) ** 2).mean()), 'psnr': psnr(reference, logits),
                         'figure': model.figure(logits)}
            if name != 'minilm':
                rows[who]['kl'] = kl(reference, logits)
        ratios = {n: errors['ours'][n] / errors['peer'][n] for n in errors['ours'] if errors['peer'][n] > 0}
        bad = [m for m in ('mse', 'kl') if m in rows['ours'] and rows['ours'][m] > 1.01 * rows['peer'][m] + 1e-12]
        worse += bool(bad)
        print(f'  {setting:14} ' + '; '.join(
            f"{who} " + ', '.join(f'{k} {v:.4g}' for k, v in rows[who].items() if k != 'figure') +
            f", {rows[who]['figure'][0]} {rows[who]['figure'][1]:.4f}" for who in rows) +
            f"; error of tensors {min(ratios.values(), default=1):.6f} to {max(ratios.values(), default=1):.6f} of the peer's"
            + (f'; WORSE in {", ".join(bad)}' if bad else ''), flush=True)
    return worse


def main():
    torch.set_num_threads(int(os.environ.get('OMP_NUM_THREADS', '2')))
    worse = 0
    models = {'sentiment': Sentiment, 'shakespeare': Shakespeare, **({'minilm': MiniLm} if MINILM else {})}
    for name in sys.argv[1:] or models:
        with tempfile.TemporaryDirectory() as folder:
            worse += judge(name, models[name](), pathlib.Path(folder))
    sys.exit(1 if worse else 0)


main()
