#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compresses a package with coremltools: compress.py PACKAGE OUTPUT SETTING."""
import sys

import coremltools as ct
import coremltools.optimize.coreml as cto


def palette(bits, **rest):
    return lambda m: cto.palettize_weights(m, cto.OptimizationConfig(cto.OpPalettizerConfig(mode='kmeans', nbits=bits, **rest)))


SETTINGS = {
    'lut4': palette(4),
    'lut8': palette(8),
    'lut4g16': palette(4, granularity='per_grouped_channel', group_size=16),
    'int8': lambda m: cto.linear_quantize_weights(
        m, cto.OptimizationConfig(cto.OpLinearQuantizerConfig(mode='linear_symmetric', dtype='int8'))),
    'prune50': lambda m: cto.prune_weights(m, cto.OptimizationConfig(cto.OpMagnitudePrunerConfig(target_sparsity=0.5))),
}

source, output, setting = sys.argv[1:]
SETTINGS[setting](ct.models.MLModel(source, skip_model_load=True)).save(output)
