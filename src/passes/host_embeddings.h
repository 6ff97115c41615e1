// SPDX-License-Identifier: Apache-2.0
// A program without its tables of embeddings: rows are looked up by a program of its own, which the caller runs on the
// CPU, and given to the model as inputs. So the model has no op that the Neural Engine does not take.
#pragma once

#include "ir/program.h"

namespace anemone {

struct HostEmbeddings {
  Program tables;  // ids -> rows; its outputs have the names of the model's new inputs
  Program model;   // rows instead of ids
};

// Of the default function. Inputs that only the tables need go with them. Throws Error when nothing is looked up by
// ids that callers give.
HostEmbeddings with_host_embeddings(const Program& program);

}  // namespace anemone
