// SPDX-License-Identifier: Apache-2.0
#include "formats/image.h"

#include <gmock/gmock.h>
#include <jpeglib.h>
#include <png.h>

#include <cstring>

#include "base/error.h"
#include "runtime/image_input.h"

namespace anemone {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

std::string error_of(const std::vector<std::byte>& bytes) {
  try {
    decode_image(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// A PNG of the given libpng format (PNG_FORMAT_RGB, _GRAY, _RGBA ...), written by libpng.
std::vector<std::byte> png(int width, int height, png_uint_32 format, const std::vector<uint8_t>& pixels) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = format;
  std::vector<std::byte> file(PNG_IMAGE_PNG_SIZE_MAX(image));
  png_alloc_size_t size = file.size();
  EXPECT_TRUE(png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr)) << image.message;
  file.resize(size);
  return file;
}

// A JPEG of one colour.
std::vector<std::byte> jpeg(unsigned width, unsigned height, const std::vector<uint8_t>& color) {
  jpeg_compress_struct encoder = {};
  jpeg_error_mgr errors = {};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* data = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  jpeg_mem_dest(&encoder, &data, &size);
  encoder.image_width = width;
  encoder.image_height = height;
  encoder.input_components = static_cast<int>(color.size());
  encoder.in_color_space = color.size() == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<uint8_t> row;
  for (unsigned x = 0; x < width; ++x) row.insert(row.end(), color.begin(), color.end());
  for (unsigned y = 0; y < height; ++y) {
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&encoder, &rows, 1);
  }
  jpeg_finish_compress(&encoder);
  std::vector<std::byte> file(size);
  std::memcpy(file.data(), data, size);
  jpeg_destroy_compress(&encoder);
  std::free(data);
  return file;
}

Feature image_feature(int color_space, ConcreteShape size) {
  Feature feature;
  feature.name = "photo";
  feature.kind = Feature::Kind::kImage;
  feature.color_space = color_space;
  feature.shape = std::move(size);
  return feature;
}

Tensor pixels(ConcreteShape shape, const std::vector<uint8_t>& values) {
  return Tensor::of<uint8_t>(DType::kUInt8, std::move(shape), std::span<const uint8_t>(values));
}

std::vector<float> planes(const Feature& feature, const Tensor& value) {
  const Tensor tensor = image_tensor(feature, value);
  return {tensor.as<float>().begin(), tensor.as<float>().end()};
}

TEST(Image, ReadsPng) {
  const std::vector<uint8_t> rgb = {1, 2, 3, 250, 251, 252, 7, 8, 9, 0, 128, 255};
  const Image image = decode_image(png(2, 2, PNG_FORMAT_RGB, rgb));
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, rgb);
  EXPECT_THAT(decode_image(png(3, 1, PNG_FORMAT_GRAY, {9, 8, 7})).pixels, ElementsAre(9, 8, 7));
}

TEST(Image, DropsAlpha) {
  const Image image = decode_image(png(1, 2, PNG_FORMAT_RGBA, {10, 20, 30, 128, 40, 50, 60, 0}));
  EXPECT_EQ(image.channels, 3);
  EXPECT_THAT(image.pixels, ElementsAre(10, 20, 30, 40, 50, 60));
}

TEST(Image, ReadsJpeg) {
  const Image color = decode_image(jpeg(5, 3, {200, 100, 50}));
  EXPECT_EQ(color.width, 5);
  EXPECT_EQ(color.height, 3);
  ASSERT_EQ(color.pixels.size(), 45U);
  for (size_t i = 0; i < 45; i += 3) {
    EXPECT_NEAR(color.pixels[i], 200, 2);
    EXPECT_NEAR(color.pixels[i + 1], 100, 2);
    EXPECT_NEAR(color.pixels[i + 2], 50, 2);
  }
  const Image grey = decode_image(jpeg(4, 4, {77}));
  EXPECT_EQ(grey.channels, 1);
  EXPECT_THAT(grey.pixels, Each(77));
}

TEST(Image, ReadsNetpbm) {
  EXPECT_THAT(decode_image(bytes_of("P6\n# by hand\n1 2\n255\nabcdef")).pixels,
              ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_EQ(decode_image(bytes_of("P5 2 1 255 xy")).channels, 1);
}

TEST(Image, RefusesBrokenFiles) {
  auto file = png(16, 16, PNG_FORMAT_RGB, std::vector<uint8_t>(768, 3));
  file.resize(file.size() / 2);
  EXPECT_THAT(error_of(file), HasSubstr("PNG"));
  file = jpeg(16, 16, {1, 2, 3});
  file.resize(file.size() - 20);
  EXPECT_THAT(error_of(file), HasSubstr("JPEG"));
  file.resize(20);
  EXPECT_THAT(error_of(file), HasSubstr("JPEG"));
  EXPECT_THAT(error_of(bytes_of("P6 4 4 255 xx")), HasSubstr("truncated"));
  EXPECT_THAT(error_of(bytes_of("P6 60000000 60000000 255 xx")), HasSubstr("truncated"));
  EXPECT_THAT(error_of(bytes_of("P6 0 4 255 xx")), HasSubstr("empty"));
  EXPECT_THAT(error_of(bytes_of("P6 4 99999999999999999999 255 xx")), HasSubstr("too large"));
  EXPECT_THAT(error_of(bytes_of("GIF89a")), HasSubstr("not a PNG"));
}

// 2^31 - 1 pixels each way, promised by a file of a few bytes.
TEST(Image, RefusesAHugeSizeBeforeItAllocates) {
  auto file = png(1, 1, PNG_FORMAT_GRAY, {0});
  for (size_t i = 16; i < 24; ++i) file[i] = i % 4 ? std::byte{0xff} : std::byte{0x7f};
  EXPECT_THAT(error_of(file), HasSubstr("PNG"));
}

TEST(ImageInput, PutsPixelsInTheModelsLayout) {
  const Tensor rgb = pixels({1, 2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(planes(image_feature(20, {1, 2}), rgb), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(planes(image_feature(30, {1, 2}), rgb), ElementsAre(3, 6, 2, 5, 1, 4));
  EXPECT_THAT(planes(image_feature(20, {1, 2}), pixels({1, 2}, {8, 9})), ElementsAre(8, 9, 8, 9, 8, 9));
  EXPECT_THAT(planes(image_feature(10, {1, 2}), pixels({1, 2, 1}, {8, 9})), ElementsAre(8, 9));
  // 0.299 * 255 = 76.245, 0.587 * 255 = 149.685, 0.114 * 255 = 29.07
  EXPECT_THAT(planes(image_feature(10, {1, 3}), pixels({1, 3, 3}, {255, 0, 0, 0, 255, 0, 0, 0, 255})),
              ElementsAre(76, 150, 29));
}

TEST(ImageInput, SaysWhatSizeItShouldBe) {
  const Tensor value = pixels({2, 3, 3}, std::vector<uint8_t>(18));
  const auto error = [&](const Feature& feature) -> std::string {
    try {
      image_tensor(feature, value);
    } catch (const Error& refused) {
      return refused.what();
    }
    return "";
  };
  Feature feature = image_feature(20, {4, 5});
  EXPECT_EQ(error(feature), "input photo: the image is 3x2, expected 5x4 (width x height)");
  feature.enumerated_shapes = {{4, 5}, {2, 3}};
  EXPECT_EQ(error(feature), "");
  feature.enumerated_shapes = {{4, 5}, {3, 2}};
  EXPECT_THAT(error(feature), HasSubstr("5x4 or 2x3"));
  feature.enumerated_shapes.clear();
  feature.shape_ranges = {{1, 4}, {3, -1}};
  EXPECT_EQ(error(feature), "");
  feature.shape_ranges = {{1, 4}, {4, -1}};
  EXPECT_THAT(error(feature), HasSubstr("4.. x 1..4"));
}

}  // namespace
}  // namespace anemone
