#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compressed models beside coremltools: what the same setting costs, example by example.

Each model is converted to a package, compressed by anemone and by coremltools with the same setting, and the weights of
both results are read back and put into the original network (float32 arithmetic). Compared are the squared error of every
tensor, the mean squared error and KL divergence of the logits (SST-2 dev set; the Shakespeare excerpt) against the
network that is not compressed, and 1 - cosine of sentence embeddings (MiniLM, when MINILM names its folder). Exit 1 when a
figure of ours is more than 1 % worse; "by chance" says that the paired differences lie within two standard errors. Beside the
figures stand those of the examples one by one (the share of them on which ours is closer, ties counted half) and the flags of
coreai-models' gates for the PSNR. Needs transformers and tokenizers; without them nothing is compared, and that is said.

  compress_quality.py [MODEL...] [SETTING...]
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

PALETTE = cto.OpPalettizerConfig
LINEAR = cto.OpLinearQuantizerConfig
palette = lambda bits, **rest: PALETTE(mode='kmeans', nbits=bits, **rest)
linear = lambda dtype, mode='linear_symmetric', **rest: LINEAR(mode=mode, dtype=dtype, **rest)
half = cto.OpMagnitudePrunerConfig(target_sparsity=0.5)
STEPS = {PALETTE: cto.palettize_weights, LINEAR: cto.linear_quantize_weights, cto.OpMagnitudePrunerConfig: cto.prune_weights}


def compressed_by_peer(model, *configs):
    for i, config in enumerate(configs):
        joint = {'joint_compression': True} if i > 0 else {}
        model = STEPS[type(config)](model, cto.OptimizationConfig(config), **joint)
    return model


# name -> (flags of anemone, configurations of coremltools, least PSNR that is expected of it)
SETTINGS = {
    'int8': ('--quantize int8', [linear('int8')], 50),
    'int8 affine': ('--quantize int8 --asymmetric', [linear('int8', 'linear')], 50),
    'int4': ('--quantize int4', [linear('int4')], 35),
    'int4 block 32': ('--quantize int4 --granularity per_block --force', [linear('int4', granularity='per_block', block_size=32)], 35),
    'uint4 affine': ('--quantize uint4 --asymmetric', [linear('uint4', 'linear')], 35),
    'lut8': ('--palettize 8', [palette(8)], 50),
    'lut6': ('--palettize 6', [palette(6)], 35),
    'lut4': ('--palettize 4', [palette(4)], 35),
    'lut4 scaled': ('--palettize 4 --per-channel-scale', [palette(4, enable_per_channel_scale=True)], 35),
    'lut4 group 16': ('--palettize 4 --group-size 16', [palette(4, granularity='per_grouped_channel', group_size=16)], 35),
    'lut4 group 16 fast': ('--palettize 4 --group-size 16 --mode fast', [palette(4, granularity='per_grouped_channel', group_size=16)], 35),
    'lut3': ('--palettize 3', [palette(3)], 25),
    'lut2': ('--palettize 2', [palette(2)], 25),
    'prune 50': ('--prune 0.5', [half], 0),
    'prune 50 int8': ('--prune 0.5 --quantize int8', [half, linear('int8')], 0),
    'prune 50 lut4': ('--prune 0.5 --palettize 4', [half, palette(4)], 0),
    'lut4 int8': ('--palettize 4 --quantize-palette', [palette(4), linear('int8', granularity='per_tensor')], 35),
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
    classifies = True
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
    classifies = True
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
    classifies = False
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


def matrix(value):
    """Without axes of size 1; of a table with a single row, that row."""
    small = value.squeeze().astype(np.float32)
    return small[None] if value.ndim == 3 and small.ndim == 1 else small


def put(model, package, original):
    """Puts the package's weights into the network and returns the squared error of each tensor that changed."""
    found = constants(package)
    errors = {}
    for name, parameter in model.network.named_parameters():
        old = original[name]
        stem = name.rsplit('.', 1)[0].replace('.', '_') + '_'
        parts = [matrix(found[k]) for k in found if k.startswith((stem, 'bert_' + stem)) and matrix(found[k]).ndim == 2]
        if old.ndim != 2 or not parts or not name.endswith('.weight'):
            parameter.data.copy_(old)
            continue
        # A weight may have been cut (query, key, value) or shortened (positions).
        new = torch.from_numpy(np.concatenate(parts))
        if new.shape[::-1] == old.shape and (new.shape != old.shape or (new - old).abs().mean() > (new.T - old).abs().mean()):
            new = new.T
        if len(new) < len(old):
            new = torch.cat([new, old[len(new):]])
        errors[name] = float(((new - old).double() ** 2).sum())
        parameter.data.copy_(new)
    return errors


def errors_of_examples(reference, logits):
    """The mean squared error and the divergence of each example."""
    p = torch.log_softmax(torch.tensor(reference).double(), -1)
    q = torch.log_softmax(torch.tensor(logits).double(), -1)
    squares = ((logits.astype(np.float64) - reference) ** 2).mean(-1)
    return {'mse': squares, 'kl': (p.exp() * (p - q)).sum(-1).numpy()}


def psnr(reference, logits):
    return 20 * math.log10((np.abs(reference).max() + 1e-5) / (math.sqrt(((logits - reference) ** 2).mean()) + 1e-10))


def share_closer(ours, peer):
    return float(((ours < peer) + 0.5 * (ours == peer)).mean())


def is_clear(differences):
    """Whether the mean of paired differences is more than twice its standard error above 0."""
    return differences.mean() > 2 * differences.std(ddof=1) / math.sqrt(len(differences))


def compare(model, name, package, folder, original, setting):
    """One line of figures; true when ours are worse."""
    flags, configs, least = SETTINGS[setting]
    run('compress', package, '-o', folder / 'ours.mlpackage', *flags.split())
    compressed_by_peer(ct.models.MLModel(str(package), skip_model_load=True), *configs).save(str(folder / 'peer.mlpackage'))
    tensors, examples, figures = {}, {}, {}
    for who in ('ours', 'peer'):
        run('decompress', folder / f'{who}.mlpackage', '-o', folder / 'read.mlpackage')
        tensors[who] = put(model, folder / 'read.mlpackage', original)
        logits = model.logits()
        examples[who] = errors_of_examples(model.plain, logits)
        if not model.classifies:
            examples[who].pop('kl')
        figures[who] = (psnr(model.plain, logits), *model.figure(logits))
    means = {who: {k: float(v.mean()) for k, v in examples[who].items()} for who in examples}
    ratios = [tensors['ours'][n] / tensors['peer'][n] for n in tensors['ours'] if tensors['peer'][n] > 0] or [1.0]
    worse = [k for k in means['ours'] if means['ours'][k] > 1.01 * means['peer'][k] + 1e-15]
    clearly = [k for k in worse if is_clear(examples['ours'][k] - 1.01 * examples['peer'][k])]
    print(f'{name}\t{setting}\t' + '\t'.join(
        f"{means['ours'][k]:.4g}\t{means['peer'][k]:.4g}\t{means['ours'][k] / max(means['peer'][k], 1e-300):.4f}\t"
        f"{share_closer(examples['ours'][k], examples['peer'][k]):.3f}" for k in means['ours']) +
        f"\t{figures['ours'][0]:.1f} dB\t{figures['ours'][1]} {figures['ours'][2]:.4f}\t{figures['peer'][2]:.4f}"
        f"\ttensors {min(ratios):.7f} to {max(ratios):.7f}" + ('\tflag' if figures['ours'][0] < least else '') +
        ('\t' + ', '.join(f"WORSE in {k}{'' if k in clearly else ' (by chance)'}" for k in worse) if worse else ''), flush=True)
    return bool(worse)


def judge(name, model, folder, settings):
    package = folder / 'plain.mlpackage'
    run('convert', model.folder, '-o', package, '--minimum-deployment-target', 'iOS18', '--no-check')
    original = {n: p.detach().clone() for n, p in model.network.named_parameters()}
    exact = model.logits()
    found = put(model, package, original)
    missing = [n for n in original if n not in found and original[n].ndim == 2 and not n.startswith('pooler.')]
    assert not missing, missing
    model.plain = model.logits()
    figure = model.figure(model.plain)
    print(f'{name}\tfp16\t{psnr(exact, model.plain):.1f} dB\t{figure[0]} {figure[1]:.4f}')
    return sum(compare(model, name, package, folder, original, setting) for setting in settings)


def main():
    torch.set_num_threads(int(os.environ.get('OMP_NUM_THREADS', '2')))
    models = {'sentiment': Sentiment, 'shakespeare': Shakespeare, **({'minilm': MiniLm} if MINILM else {})}
    settings = [s for s in SETTINGS if s in sys.argv[1:]] or list(SETTINGS)
    print('model\tsetting\tlogit MSE\tcoremltools\tratio\tcloser\tKL\tcoremltools\tratio\tcloser\tPSNR\tfigure\tcoremltools')
    worse = 0
    for name in [m for m in models if m in sys.argv[1:]] or models:
        with tempfile.TemporaryDirectory() as folder:
            worse += judge(name, models[name](), pathlib.Path(folder), settings)
    sys.exit(1 if worse else 0)


main()
