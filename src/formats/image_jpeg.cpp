// SPDX-License-Identifier: Apache-2.0
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>

#include "base/error.h"
#include "formats/image.h"

namespace anemone {
namespace {

// libjpeg leaves its calls by longjmp: everything with a destructor lives here, outside the functions that it leaves.
struct Decoder {
  Decoder() {
    jpeg.err = jpeg_std_error(&errors);
    jpeg.client_data = this;
    errors.error_exit = on_error;
    errors.emit_message = on_message;
  }
  ~Decoder() { jpeg_destroy_decompress(&jpeg); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  static void on_error(j_common_ptr common) {
    auto* decoder = static_cast<Decoder*>(common->client_data);
    common->err->format_message(common, decoder->message);
    std::longjmp(decoder->leave, 1);
  }
  // Warnings, level -1, tell of damaged data that libjpeg fills with grey: an error here.
  static void on_message(j_common_ptr common, int level) {
    if (level < 0) on_error(common);
  }

  // A small file may ask for any number of passes over a large image.
  static void on_progress(j_common_ptr common) {
    auto* decoder = static_cast<Decoder*>(common->client_data);
    if (decoder->jpeg.input_scan_number <= kMostScans) return;
    std::snprintf(decoder->message, sizeof(decoder->message), "more than %d scans", kMostScans);
    std::longjmp(decoder->leave, 1);
  }

  static constexpr int kMostScans = 200;
  jpeg_decompress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf leave;
  char message[JMSG_LENGTH_MAX] = {};
};

bool read_header(Decoder& decoder, std::span<const std::byte> bytes) {
  if (setjmp(decoder.leave)) return false;
  jpeg_create_decompress(&decoder.jpeg);
  decoder.progress.progress_monitor = Decoder::on_progress;
  decoder.jpeg.progress = &decoder.progress;
  jpeg_mem_src(&decoder.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&decoder.jpeg, TRUE);
  decoder.jpeg.out_color_space = decoder.jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return true;
}

bool read_rows(Decoder& decoder, Image& image) {
  if (setjmp(decoder.leave)) return false;
  jpeg_start_decompress(&decoder.jpeg);
  const size_t stride = static_cast<size_t>(image.width) * static_cast<size_t>(image.channels);
  while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
    JSAMPROW row = image.pixels.data() + decoder.jpeg.output_scanline * stride;
    jpeg_read_scanlines(&decoder.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&decoder.jpeg);
  return true;
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes) {
  Decoder decoder;
  if (!read_header(decoder, bytes)) fail("JPEG: {}", decoder.message);
  const int components = decoder.jpeg.num_components;
  if (components != 1 && components != 3) fail("JPEG: {} components, expected 1 or 3", components);
  Image image = blank_image(decoder.jpeg.image_height, decoder.jpeg.image_width, components);
  if (!read_rows(decoder, image)) fail("JPEG: {}", decoder.message);
  return image;
}

}  // namespace anemone
