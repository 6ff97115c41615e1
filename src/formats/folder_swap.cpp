// SPDX-License-Identifier: Apache-2.0
#include "formats/folder_swap.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2, renamex_np
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"
#include "formats/output_file.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNew = ".new-";
constexpr const char* kOld = ".old";

fs::path final_destination(fs::path path) {
  if (!path.has_filename()) path = path.parent_path();  // a trailing slash
  std::error_code error;
  const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : fs::absolute(path, error);
  if (error) fail("{}: {}", path.string(), error.message());
  return target.lexically_normal();
}

fs::path hidden_sibling(const fs::path& path, const std::string& ending) {
  return path.parent_path() / ("." + path.filename().string() + ending);
}

bool is_there(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(fs::symlink_status(path, unreadable));
}

// The lock goes when its owner ends, however that happens. Nothing when somebody else holds it.
int lock_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  return -1;
}

bool exchange(const fs::path& one, const fs::path& other) {
#if defined(__APPLE__)
  return ::renamex_np(one.c_str(), other.c_str(), RENAME_SWAP) == 0;
#elif defined(RENAME_EXCHANGE)
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
#else
  return false;
#endif
}

void rename_or_fail(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail("{}: cannot be put in place: {}", to.string(), error.message());
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void sync_folders(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory() && !entry.is_symlink()) sync_folder(entry.path());
  sync_folder(folder);
}

}  // namespace

FolderSwap::FolderSwap(const fs::path& destination) : destination_(final_destination(destination)) {
  recover();
  remove_stale();
  for (int attempt = 0; working_.empty(); ++attempt) {
    const fs::path name = hidden_sibling(destination_, fmt::format("{}{}-{}", kNew, ::getpid(), attempt));
    if (::mkdir(name.c_str(), 0777) == 0) {
      working_ = name;
    } else if (errno != EEXIST || attempt == 1000) {
      fail("{}: cannot write in its folder: {}", destination.string(), std::strerror(errno));
    }
  }
  lock_ = lock_folder(working_);
}

FolderSwap::~FolderSwap() {
  if (!working_.empty()) remove_quietly(working_);
  if (lock_ >= 0) ::close(lock_);
}

void FolderSwap::commit() {
  CHECK(!working_.empty());
  sync_folders(working_);
  if (!is_there(destination_)) {
    rename_or_fail(working_, destination_);
    working_.clear();
  } else if (!exchange(working_, destination_)) {
    const fs::path old = hidden_sibling(destination_, kOld);
    remove_quietly(old);
    rename_or_fail(destination_, old);
    try {
      rename_or_fail(working_, destination_);
    } catch (const Error&) {
      rename_or_fail(old, destination_);
      throw;
    }
    working_ = old;
  }
  sync_folder(destination_.parent_path());
  if (!working_.empty()) remove_quietly(working_);  // now the old folder
  working_.clear();
}

void FolderSwap::recover() const {
  const fs::path old = hidden_sibling(destination_, kOld);
  if (!is_there(old)) return;
  if (is_there(destination_)) {
    remove_quietly(old);
  } else {
    rename_or_fail(old, destination_);
  }
}

void FolderSwap::remove_stale() const {
  const std::string start = hidden_sibling(destination_, kNew).filename().string();
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(destination_.parent_path(), unreadable)) {
    const std::string name = entry.path().filename().string();
    const int lock = name.starts_with(start) ? lock_folder(entry.path()) : -1;
    if (lock < 0) continue;
    remove_quietly(entry.path());
    ::close(lock);
  }
}

}  // namespace anemone
