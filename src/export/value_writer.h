// SPDX-License-Identifier: Apache-2.0
// Constants as MIL messages.
#pragma once

#include "export/program_writer.h"

namespace anemone {

// In the message itself, or in the weight file when it belongs there.
proto::mil::Value write_value(const Constant& constant, int opset, const BlobStore& blobs);
proto::mil::Value write_text(const std::string& text);

}  // namespace anemone
