// SPDX-License-Identifier: Apache-2.0
// Operating system versions. iOS and macOS share their Core ML: iOS 15 to 18 correspond to macOS 12 to 15, and from 26
// on the numbers agree. A release counts as iOS counts.
#pragma once

#include <string>
#include <string_view>

namespace anemone {

struct OsVersion {
  bool mac = false;
  int major = 0;
  int minor = 0;

  int release() const { return mac && major < 26 ? major + 3 : major; }
  std::string str() const;  // "macOS 13.3"
};

// "macOS13.3", "iOS 16", or a bare number, which `mac` decides. Throws Error for anything else.
OsVersion parse_os(std::string_view text, bool mac);
OsVersion os_of_release(int release, bool mac);

inline constexpr int kOldestRelease = 11;  // the first Core ML
inline constexpr int kNewestRelease = 27;

}  // namespace anemone
