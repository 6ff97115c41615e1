// SPDX-License-Identifier: Apache-2.0
#include "export/package.h"

#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"
#include "export/program_writer.h"
#include "formats/package_writer.h"

namespace anemone {
namespace {

// Stores each distinct tensor once: known by identity before its bytes are made, by content afterwards.
class BlobPool {
 public:
  BlobPool(BlobWriter& file, int64_t total, const Progress& progress, int threads)
      : file_(file), total_(total), progress_(progress), threads_(threads) {}

  uint64_t store(const Constant& constant) {
    const std::string identity = constant.identity();
    if (const auto known = by_identity_.find(identity); known != by_identity_.end()) return known->second;
    const Tensor tensor = constant.stored(threads_);
    const uint64_t offset = store(constant, tensor);
    constant.release();
    by_identity_[identity] = offset;
    done_ += static_cast<int64_t>(tensor.byte_size());
    report(progress_, "writing weights", total_ ? static_cast<double>(done_) / static_cast<double>(total_) : 1.0);
    return offset;
  }

 private:
  struct Entry {
    Constant constant;
    uint64_t offset;
  };

  uint64_t store(const Constant& constant, const Tensor& tensor) {
    auto& same_hash = by_content_[hash64(tensor.byte_span(), static_cast<uint64_t>(tensor.dtype()))];
    for (const Entry& entry : same_hash)
      if (same_bytes(entry.constant, tensor)) return entry.offset;
    // What is written may be pages of a source, so these are released again afterwards.
    const std::shared_ptr<const void> owner(new Tensor(tensor), [constant](const Tensor* written) {
      delete written;
      constant.release();
    });
    const uint64_t offset = file_.append(tensor.dtype(), tensor.size(), tensor.byte_span(), owner);
    same_hash.push_back({constant, offset});
    return offset;
  }

  bool same_bytes(const Constant& constant, const Tensor& tensor) const {
    const Tensor other = constant.stored(threads_);
    return other.dtype() == tensor.dtype() && other.byte_size() == tensor.byte_size() &&
           std::memcmp(other.bytes(), tensor.bytes(), tensor.byte_size()) == 0;
  }

  BlobWriter& file_;
  int64_t total_;
  int64_t done_ = 0;
  const Progress& progress_;
  int threads_;
  std::unordered_map<std::string, uint64_t> by_identity_;
  std::unordered_map<uint64_t, std::vector<Entry>> by_content_;
};

int64_t total_weight_bytes(const Program& program) {
  int64_t total = 0;
  for (const auto& [name, function] : program.functions)
    for_each_op(function->body, [&total, opset = function->opset](const Op& op) {
      for (const Argument& argument : op.arguments)
        for (const Operand& operand : argument.operands)
          if (!operand.is_value() && belongs_in_weight_file(operand.literal().type(), opset))
            total += byte_size(operand.literal().type().dtype, operand.literal().element_count()).value_or(0);
    });
  return total;
}

}  // namespace

WrittenPackage write_package(const Program& program, const std::filesystem::path& path, const Progress& progress,
                             int threads) {
  PackageWriter package(path);
  BlobWriter& weights = package.add_blob_file();
  BlobPool pool(weights, total_weight_bytes(program), progress, threads);
  const proto::Model model = write_program(program, [&](const Constant& constant) { return pool.store(constant); });
  const WrittenPackage written{weights.size(), static_cast<int>(weights.count())};
  package.finish(model);
  return written;
}

}  // namespace anemone
