// SPDX-License-Identifier: Apache-2.0
#include "formats/model_proto.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <exception>
#include <limits>
#include <utility>
#if GOOGLE_PROTOBUF_VERSION < 4022000
#include <google/protobuf/stubs/logging.h>
#endif

#include "base/error.h"
#include "formats/lfs_pointer.h"
#include "formats/wire_fields.h"

namespace anemone {
namespace {

namespace io = google::protobuf::io;

// MIL takes about seven levels for each nested block and two for each nested type, so this leaves far more than any
// program uses and still little stack.
constexpr int kMaxDepth = 200;
constexpr size_t kMaxBytes = std::numeric_limits<int>::max();

// The parser writes to standard error when a string is not UTF-8; the caller gets an Error instead.
#if GOOGLE_PROTOBUF_VERSION < 4022000
using Silence = google::protobuf::LogSilencer;
#else
struct Silence {
  Silence() {}
};
#endif

// Passes an Error of the file through protobuf, which knows only success and failure.
class FileStream : public io::CopyingOutputStream {
 public:
  explicit FileStream(OutputFile& file) : file_(file) {}

  bool Write(const void* buffer, int size) override {
    try {
      file_.write({static_cast<const std::byte*>(buffer), static_cast<size_t>(size)});
      return true;
    } catch (...) {
      error_ = std::current_exception();
      return false;
    }
  }
  std::exception_ptr error() const { return error_; }

 private:
  OutputFile& file_;
  std::exception_ptr error_;
};

// Field numbers of Model.Type.
constexpr std::pair<int, const char*> kKinds[] = {
    {200, "pipelineClassifier"},
    {201, "pipelineRegressor"},
    {202, "pipeline"},
    {300, "glmRegressor"},
    {301, "supportVectorRegressor"},
    {302, "treeEnsembleRegressor"},
    {303, "neuralNetworkRegressor"},
    {304, "bayesianProbitRegressor"},
    {400, "glmClassifier"},
    {401, "supportVectorClassifier"},
    {402, "treeEnsembleClassifier"},
    {403, "neuralNetworkClassifier"},
    {404, "kNearestNeighborsClassifier"},
    {500, "neuralNetwork"},
    {501, "itemSimilarityRecommender"},
    {502, "mlProgram"},
    {555, "customModel"},
    {556, "linkedModel"},
    {560, "classConfidenceThresholding"},
    {600, "oneHotEncoder"},
    {601, "imputer"},
    {602, "featureVectorizer"},
    {603, "dictVectorizer"},
    {604, "scaler"},
    {606, "categoricalMapping"},
    {607, "normalizer"},
    {609, "arrayFeatureExtractor"},
    {610, "nonMaximumSuppression"},
    {900, "identity"},
    {2000, "textClassifier"},
    {2001, "wordTagger"},
    {2002, "visionFeaturePrint"},
    {2003, "soundAnalysisPreprocessing"},
    {2004, "gazetteer"},
    {2005, "wordEmbedding"},
    {2006, "audioFeaturePrint"},
    {3000, "serializedModel"},
};

}  // namespace

std::unique_ptr<proto::Model> parse_model(std::span<const std::byte> bytes) {
  refuse_lfs_pointer(bytes);
  if (bytes.empty()) fail("is empty");
  if (bytes.size() > kMaxBytes) fail("is larger than 2 GB, the limit of protobuf messages");
  const Silence silence;
  io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  input.SetRecursionLimit(kMaxDepth);
  auto model = std::make_unique<proto::Model>();
  if (!model->ParseFromCodedStream(&input) || !input.ConsumedEntireMessage())
    fail("is not a Core ML model: truncated, malformed or nested deeper than {} levels", kMaxDepth);
  refuse_unknown_program_fields(bytes);
  return model;
}

void write_model(const proto::Model& model, OutputFile& file) {
  if (model.ByteSizeLong() > kMaxBytes)
    fail("{}: the model takes more than 2 GB without its weight file, the limit of protobuf messages",
         file.path().string());
  FileStream copying(file);
  io::CopyingOutputStreamAdaptor stream(&copying);
  bool written = false;
  {
    io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    written = model.SerializeToCodedStream(&coded);
  }
  written = stream.Flush() && written;
  if (copying.error()) std::rethrow_exception(copying.error());
  CHECK(written);
}

std::string model_kind(const proto::Model& model) {
  for (const auto& [number, name] : kKinds)
    if (number == static_cast<int>(model.Type_case())) return name;
  return {};
}

}  // namespace anemone
