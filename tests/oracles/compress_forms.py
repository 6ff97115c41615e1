#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every compressed form judged from outside.

tiny-sentiment is compressed in every form. Each package must be sound for an independent checker. What `decompress` makes of
it, and of packages that coremltools compressed, must be bit for bit what coremltools makes of the same constants (where it can: not of chains of them). Our executor
must give for the compressed package what an independent interpreter gives for the plain one, to 100 dB; and for the compressed
one too, but for what rounding the constants to fp16 does, which the interpreter leaves out (the figure is told).

ANEMONE_ORACLES names the folder of check_package.py and mil_torch.py, as for rewritten.py; without it, nothing is judged, and
that is said.
"""
import math
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get('ANEMONE', str(ROOT / 'build/release/anemone'))
ORACLES = os.environ.get('ANEMONE_ORACLES', '')
if not ORACLES:
    print('skipped: ANEMONE_ORACLES is not set')
    sys.exit(0)
sys.path.insert(0, ORACLES)
try:
    import numpy as np
    import coremltools as ct
    import coremltools.optimize.coreml as cto
    from coremltools.converters.mil.frontend.milproto import load as milproto
    import check_package
    import mil_torch
except ImportError as error:
    print('skipped:', error)
    sys.exit(0)

FORMS = [f.split() for f in (
    '--palettize 1', '--palettize 2', '--palettize 3', '--palettize 4', '--palettize 6', '--palettize 8',
    '--palettize 4 --mode fast', '--palettize 4 --mode uniform', '--palettize 4 --group-size 2', '--palettize 2 --group-size 32 --per-channel-scale',
    '--palettize 4 --per-channel-scale', '--palettize 4 --quantize-palette', '--palettize 4 --group-size 16 --quantize-palette',
    '--palettize 6 --vector-size 2 --force', '--palettize 8 --vector-size 4 --force', '--quantize int8', '--quantize uint8', '--quantize int8 --asymmetric',
    '--quantize uint8 --granularity per_tensor --asymmetric', '--quantize int4', '--quantize uint4 --asymmetric --clip mse',
    '--quantize int4 --granularity per_block --force', '--quantize uint4 --granularity per_block --block-size 16 --asymmetric --force',
    '--prune 0.5', '--prune 0.9', '--prune 1', '--n-m-ratio 2:4', '--prune 0.5 --prune-block-size 4', '--prune 0.5 --prune-scope global',
    '--prune 0.5 --palettize 4', '--prune 0.5 --palettize 4 --group-size 16', '--prune 0.5 --quantize int8',
    '--prune 0.5 --quantize uint4 --asymmetric', '--prune 0.5 --palettize 4 --per-channel-scale --quantize-palette')]
config = lambda c: cto.OptimizationConfig(c)
PEERS = {
    'lut4': lambda m: cto.palettize_weights(m, config(cto.OpPalettizerConfig(mode='kmeans', nbits=4))),
    'lut3 group 8': lambda m: cto.palettize_weights(m, config(cto.OpPalettizerConfig(
        mode='kmeans', nbits=3, granularity='per_grouped_channel', group_size=8))),
    'lut4 scaled': lambda m: cto.palettize_weights(m, config(cto.OpPalettizerConfig(mode='kmeans', nbits=4, enable_per_channel_scale=True))),
    'int8': lambda m: cto.linear_quantize_weights(m, config(cto.OpLinearQuantizerConfig(mode='linear', dtype='int8'))),
    'uint4 blocks': lambda m: cto.linear_quantize_weights(m, config(cto.OpLinearQuantizerConfig(
        mode='linear', dtype='uint4', granularity='per_block', block_size=32))),
    'prune': lambda m: cto.prune_weights(m, config(cto.OpMagnitudePrunerConfig(target_sparsity=0.6))),
}


def run(*arguments):
    subprocess.run([ANEMONE, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def operations(package):
    spec = ct.models.MLModel(str(package), skip_model_load=True).get_spec()
    return milproto.load(spec, specification_version=spec.specificationVersion,
                         file_weights_dir=str(package / 'Data/com.apple.CoreML/weights')).functions['main'].operations


def same_constants(compressed, plain):
    """Constants of the plain package against what coremltools computes for the constexpr ops of the same names."""
    found = {op.outputs[0].name: op.outputs[0].val for op in operations(plain) if op.op_type == 'const'}
    count = 0
    for op in operations(compressed):
        used = any(not child.op_type.startswith('constexpr_') for o in op.outputs for child in o.child_ops)
        if not op.op_type.startswith('constexpr_') or not used:
            continue
        try:
            want, got = np.asarray(op.materialized_val_inference()), found[op.outputs[0].name]
        except (AttributeError, TypeError):  # coremltools computes no chains of them
            continue
        assert want.shape == got.shape, (op.name, want.shape, got.shape)
        assert np.array_equal(want.astype(got.dtype).view(np.uint16), got.view(np.uint16)), op.name
        count += 1
    return count


def outputs_agree(package, plain, folder, rng):
    inputs = {'input_ids': rng.integers(0, 6000, (1, 128)).astype(np.int32), 'attention_mask': np.ones((1, 128), np.int32)}
    flags = []
    for name, value in inputs.items():
        np.save(folder / f'{name}.npy', value)
        flags += ['--input', f'{name}={folder / name}.npy']
    run('run', package, *flags, '--output-dir', folder / 'out')
    ours = np.load(folder / 'out/logits.npy').astype(np.float64)
    return [psnr(ours, np.asarray(mil_torch.Model(str(p), 'fp32').predict(inputs)['logits'], np.float64)) for p in (plain, package)]


def psnr(ours, want):
    return 20 * math.log10((np.abs(want).max() + 1e-5) / (math.sqrt(((want - ours) ** 2).mean()) + 1e-10))


def main():
    rng = np.random.default_rng(1)
    failures, constants, agreeing, worst, worst_unrounded = 0, 0, 0, math.inf, math.inf
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, package, plain = folder / 'model.mlpackage', folder / 'compressed.mlpackage', folder / 'plain.mlpackage'
        for target in ('iOS16', 'iOS18'):
            run('convert', ROOT / 'models/tiny-sentiment', '-o', model, '--minimum-deployment-target', target, '--no-check')
            for form in FORMS:
                try:
                    run('compress', model, '-o', package, *form)
                    report = check_package.check_package(str(package))
                    assert not report.get('errors'), report['errors']
                    run('decompress', package, '-o', plain)
                    constants += same_constants(package, plain)
                    exact, unrounded = outputs_agree(package, plain, folder, rng)
                    worst, worst_unrounded = min(worst, exact), min(worst_unrounded, unrounded)
                    agreeing += unrounded >= 100
                    assert exact >= 100, f'{exact:.1f} dB'
                except (AssertionError, subprocess.CalledProcessError) as error:
                    failures += 1
                    print(f'{target} {" ".join(form)}: {error}', flush=True)
        for name, peer in PEERS.items():
            peer(ct.models.MLModel(str(model), skip_model_load=True)).save(str(package))
            run('decompress', package, '-o', plain)
            constants += same_constants(package, plain)
    print(f'{2 * len(FORMS)} packages in {len(FORMS)} forms and {len(PEERS)} of coremltools: {failures} failures, outputs at '
          f'least {worst:.1f} dB; without rounding constants {agreeing} at least 100 dB, the others {worst_unrounded:.1f} dB or more; '
          f'{constants} constants the same')
    sys.exit(1 if failures else 0)


main()
