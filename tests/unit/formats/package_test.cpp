// SPDX-License-Identifier: Apache-2.0
// Reading and writing of whole packages, the swap that puts them in place, and the set of broken packages.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "base/json.h"
#include "formats/folder_swap.h"
#include "formats/package_reader.h"
#include "formats/package_writer.h"
#include "test_files.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::read_bytes;
using test::text_of;
using test::write_bytes;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr const char* kData = "Data/com.apple.CoreML";

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// One function without ops; `license` makes packages differ.
proto::Model small_model(const std::string& license) {
  proto::Model model;
  model.set_specificationversion(7);
  model.mutable_description()->mutable_metadata()->set_license(license);
  (*model.mutable_mlprogram()->mutable_functions())["main"].set_opset("CoreML6");
  return model;
}

std::vector<std::string> list(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = read_bytes(entry.path());
  return files;
}

class PackageTest : public test::ScratchFolder {
 protected:
  void SetUp() override {
    ScratchFolder::SetUp();
    package_ = folder_ / "a.mlpackage";
  }
  void write(const fs::path& path, const std::string& license = "one") {
    PackageWriter writer(path);
    EXPECT_EQ(writer.add_blob_file().append(DType::kFloat16, 2, bytes_of("abcd")), 64U);
    writer.finish(small_model(license));
  }
  std::string license_of(const fs::path& path) {
    return PackageReader::open(path).model().description().metadata().license();
  }
  std::string open_error(const fs::path& path) {
    return error_of([&] { PackageReader::open(path); });
  }
  fs::path package_;
};

TEST_F(PackageTest, RoundTrip) {
  PackageWriter writer(package_);
  writer.add_blob_file("0-weight.bin").append(DType::kFloat16, 2, bytes_of("abcd"));
  writer.add_blob_file("1-weight.bin").append(DType::kUInt8, 1, bytes_of("z"));
  EXPECT_FALSE(fs::exists(package_));
  writer.finish(small_model("one"));
  PackageReader reader = PackageReader::open(package_.string() + "/");
  EXPECT_EQ(reader.path(), package_);
  EXPECT_EQ(reader.model().mlprogram().functions().at("main").opset(), "CoreML6");
  EXPECT_EQ(text_of(reader.blobs(PackageWriter::blob_file_name("0-weight.bin")).read(64).bytes), "abcd");
  EXPECT_EQ(text_of(reader.blobs("@model_path/weights/1-weight.bin").read(64).bytes), "z");
  EXPECT_THAT(error_of([&] { reader.blobs("@model_path/weights/2-weight.bin"); }),
              HasSubstr("2-weight.bin is missing"));
  EXPECT_EQ(reader.take_model()->specificationversion(), 7);
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage"));
}

TEST_F(PackageTest, SameContentSameBytes) {
  write(package_);
  write(folder_ / "b.mlpackage");
  EXPECT_EQ(contents(package_).size(), 3U);
  EXPECT_EQ(contents(package_), contents(folder_ / "b.mlpackage"));
  write(package_, "two");
  EXPECT_NE(contents(package_).at("Manifest.json"), contents(folder_ / "b.mlpackage").at("Manifest.json"));
}

TEST_F(PackageTest, ReplacesAPackageOnlyAtTheEnd) {
  write(package_, "old");
  write_bytes(package_ / "Data/extra", "x");
  {
    PackageWriter abandoned(package_);
    abandoned.add_blob_file().append(DType::kInt8, 1, bytes_of("y"));
    EXPECT_EQ(license_of(package_), "old");
  }
  EXPECT_EQ(license_of(package_), "old");
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage"));
  write(package_, "new");
  EXPECT_EQ(license_of(package_), "new");
  EXPECT_FALSE(fs::exists(package_ / "Data/extra"));
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage"));
}

TEST_F(PackageTest, WritesThroughASymlink) {
  fs::create_directory(folder_ / "real");
  write(folder_ / "real/b.mlpackage", "old");
  fs::create_symlink("real/b.mlpackage", package_);
  write(package_, "new");
  EXPECT_TRUE(fs::is_symlink(package_));
  EXPECT_EQ(license_of(folder_ / "real/b.mlpackage"), "new");
}

TEST_F(PackageTest, ReplacesNothingElse) {
  write_bytes(package_ / "notes.txt", "mine");
  EXPECT_THAT(error_of([&] { write(package_); }), HasSubstr("no Core ML package: not replaced"));
  EXPECT_EQ(read_bytes(package_ / "notes.txt"), "mine");
  write_bytes(folder_ / "file", "mine");
  EXPECT_THAT(error_of([&] { write(folder_ / "file"); }), HasSubstr("is a file"));
  EXPECT_THAT(error_of([&] { write(folder_ / "no/such/b.mlpackage"); }), HasSubstr("No such file"));
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage", "file"));
  fs::create_directory(folder_ / "empty");
  write(folder_ / "empty");
  EXPECT_EQ(license_of(folder_ / "empty"), "one");
}

TEST_F(PackageTest, AFolderThatBecameSomethingElseMeanwhileIsKept) {
  PackageWriter writer(package_);
  write_bytes(package_ / "notes.txt", "mine");
  EXPECT_THAT(error_of([&] { writer.finish(small_model("one")); }), HasSubstr("not replaced"));
  EXPECT_EQ(read_bytes(package_ / "notes.txt"), "mine");
}

TEST_F(PackageTest, AFailedWriteLeavesTheOldPackage) {
  write(package_, "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{64 << 10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string error = error_of([&] {
    PackageWriter writer(package_);
    writer.add_blob_file().append(DType::kUInt8, 1 << 20, bytes_of(std::string(1 << 20, 'x')));
    writer.finish(small_model("new"));
  });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_THAT(error, HasSubstr("weight.bin: cannot be written: File too large"));
  EXPECT_EQ(license_of(package_), "old");
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage"));
}

TEST_F(PackageTest, AReadOnlyFolderIsOneLine) {
  fs::create_directory(folder_ / "locked");
  ::chmod((folder_ / "locked").c_str(), 0555);
  ::chmod(folder_.c_str(), 0755);
  const bool root = ::geteuid() == 0;
  ASSERT_EQ(root ? ::seteuid(65534) : 0, 0);
  const std::string error = error_of([&] { PackageWriter writer(folder_ / "locked/a.mlpackage"); });
  ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
  EXPECT_THAT(error, HasSubstr("a.mlpackage: cannot write in its folder: Permission denied"));
}

TEST_F(PackageTest, RecoversWhatAKilledRunLeft) {
  write(package_, "old");
  fs::rename(package_, folder_ / ".a.mlpackage.old");
  fs::create_directory(folder_ / ".a.mlpackage.new-1-0");
  { FolderSwap swap(package_); }
  EXPECT_EQ(license_of(package_), "old");
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage"));
  fs::create_directory(folder_ / ".a.mlpackage.old");
  { FolderSwap swap(package_); }
  EXPECT_THAT(list(folder_), UnorderedElementsAre("a.mlpackage"));
}

TEST_F(PackageTest, TwoWritersDoNotDisturbEachOther) {
  PackageWriter first(package_);
  PackageWriter second(package_);
  first.add_blob_file().append(DType::kUInt8, 1, bytes_of("1"));
  second.add_blob_file().append(DType::kUInt8, 1, bytes_of("2"));
  first.finish(small_model("first"));
  second.finish(small_model("second"));
  EXPECT_EQ(license_of(package_), "second");
  EXPECT_EQ(text_of(PackageReader::open(package_).blobs("@model_path/weights/weight.bin").read(64).bytes), "2");
}

TEST_F(PackageTest, BareModelsFindTheirWeights) {
  write(package_);
  const fs::path model = folder_ / "bare/m.mlmodel";
  const fs::path weights = package_ / kData / "weights/weight.bin";
  write_bytes(model, read_bytes(package_ / kData / "model.mlmodel"));
  const std::string name = "@model_path/weights/weight.bin";
  EXPECT_THAT(error_of([&] { PackageReader::open(model).blobs(name); }), HasSubstr("is missing"));
  for (const fs::path& given : {weights, weights.parent_path()})
    EXPECT_EQ(text_of(PackageReader::open(model, given).blobs(name).read(64).bytes), "abcd");
  fs::copy_file(weights, folder_ / "bare/weight.bin");
  EXPECT_EQ(text_of(PackageReader::open(model).blobs(name).read(64).bytes), "abcd");
  fs::create_directory(folder_ / "bare/weights");
  fs::rename(folder_ / "bare/weight.bin", folder_ / "bare/weights/weight.bin");
  EXPECT_EQ(text_of(PackageReader::open(model).blobs(name).read(64).bytes), "abcd");
}

TEST_F(PackageTest, BlobNamesStayInside) {
  write(package_);
  write_bytes(folder_ / "secret", read_bytes(package_ / kData / "weights/weight.bin"));
  PackageReader reader = PackageReader::open(package_);
  for (const char* name :
       {"@model_path/../../../secret", "@model_path//etc/passwd", "@model_path/", "@model_path/weights/.."})
    EXPECT_THAT(error_of([&] { reader.blobs(name); }), HasSubstr("outside the package")) << name;
  EXPECT_THAT(error_of([&] { reader.blobs("weights/weight.bin"); }), HasSubstr("does not start with @model_path/"));
  EXPECT_THAT(error_of([&] { reader.blobs("@model_path/weights"); }), HasSubstr("not a regular file"));
  fs::create_symlink(folder_ / "secret", package_ / kData / "weights/link.bin");
  EXPECT_THAT(error_of([&] { reader.blobs("@model_path/weights/link.bin"); }), HasSubstr("through a symlink"));
  fs::create_symlink("weight.bin", package_ / kData / "weights/inner.bin");
  EXPECT_EQ(text_of(reader.blobs("@model_path/weights/inner.bin").read(64).bytes), "abcd");
}

TEST_F(PackageTest, TheHubCacheMayLinkToItsBlobs) {
  const fs::path hub = folder_ / "models--a--b";
  const fs::path package = hub / "snapshots/rev/a.mlpackage";
  fs::create_directories(package.parent_path());
  write(package);
  fs::create_directory(hub / "blobs");
  for (const char* file :
       {"Manifest.json", "Data/com.apple.CoreML/model.mlmodel", "Data/com.apple.CoreML/weights/weight.bin"}) {
    const fs::path blob = hub / "blobs" / fs::path(file).filename();
    fs::rename(package / file, blob);
    fs::create_symlink(blob, package / file);
  }
  EXPECT_EQ(text_of(PackageReader::open(package).blobs("@model_path/weights/weight.bin").read(64).bytes), "abcd");
  fs::remove(package / "Manifest.json");
  fs::copy_file(hub / "blobs/Manifest.json", folder_ / "Manifest.json");
  fs::create_symlink(folder_ / "Manifest.json", package / "Manifest.json");
  EXPECT_THAT(open_error(package), HasSubstr("through a symlink"));
}

TEST_F(PackageTest, ManifestMembersMustExistInside) {
  write(package_);
  const fs::path manifest = package_ / "Manifest.json";
  const std::string text = read_bytes(manifest);
  const auto with_path = [&](const std::string& path) {
    std::string changed = text;
    const std::string old = "com.apple.CoreML/model.mlmodel";
    write_bytes(manifest, changed.replace(changed.find(old), old.size(), path));
    return open_error(package_);
  };
  EXPECT_THAT(with_path("com.apple.CoreML/other.mlmodel"), HasSubstr("other.mlmodel does not exist"));
  EXPECT_THAT(with_path("../../model.mlmodel"), HasSubstr("leads outside"));
  EXPECT_THAT(with_path("/etc/passwd"), HasSubstr("leads outside"));
  EXPECT_THAT(with_path(""), HasSubstr("leads outside"));
  EXPECT_THAT(with_path("a\\u0000b"), HasSubstr("leads outside"));
  EXPECT_THAT(with_path("com.apple.CoreML"), HasSubstr("is a folder"));
  fs::remove_all(package_ / kData / "weights");
  write_bytes(manifest, text);
  EXPECT_THAT(open_error(package_), HasSubstr("weights does not exist"));
  EXPECT_THAT(open_error(folder_), HasSubstr("Manifest.json is missing"));
  EXPECT_THAT(open_error(folder_ / "no.mlpackage"), HasSubstr("No such file"));
}

// Every weight that constants of the program refer to.
void read_all_blobs(PackageReader& reader) {
  for (const auto& [name, function] : reader.model().mlprogram().functions())
    for (const auto& [opset, block] : function.block_specializations())
      for (const auto& operation : block.operations())
        for (const auto& [key, value] : operation.attributes())
          if (value.has_blobfilevalue())
            reader.blobs(value.blobfilevalue().filename()).read(value.blobfilevalue().offset());
}

TEST(BadPackages, EachHasItsOwnMessage) {
  const std::map<std::string, std::string> expected = {
      {"truncated_model", "model.mlmodel: is not a Core ML model"},
      {"recursion_depth", "nested deeper than"},
      {"missing_manifest", "Manifest.json is missing"},
      {"manifest_not_json", "Manifest.json: parse error"},
      {"manifest_path_escapes", "leads outside the package"},
      {"manifest_wrong_root", "names no item"},
      {"truncated_weights", "reach beyond the end of the file"},
      {"missing_weights", "weight.bin is missing"},
      {"blob_offset_beyond_end", "outside the file"},
      {"blob_offset_misaligned", "not a multiple of 64"},
      {"blob_wrong_sentinel", "sentinel is missing"},
  };
  const fs::path folder = fs::path(ANEMONE_SOURCE_DIR) / "tests/data/bad_packages";
  const Json index = read_json(folder / "index.json");
  EXPECT_GT(index.size(), expected.size());
  for (const Json& entry : index) {
    const std::string name = entry.at("name");
    const std::string error = error_of([&] {
      PackageReader reader = PackageReader::open(folder / entry.at("package").get<std::string>());
      read_all_blobs(reader);
    });
    const auto reason = expected.find(name);
    if (reason == expected.end()) {  // only those who understand the program can tell
      EXPECT_EQ(error, "") << name;
    } else {
      EXPECT_THAT(error, testing::AllOf(HasSubstr(name + ".mlpackage"), HasSubstr(reason->second)));
    }
  }
}

}  // namespace
}  // namespace anemone
