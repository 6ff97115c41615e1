# Debian 12 packages, with Homebrew twins; script/bootstrap installs them.
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
include(cmake/link_dependencies.cmake)

# Headers alone: no installed program needs them to link.
set(ANEMONE_HEADER_LIBRARIES nlohmann_json::nlohmann_json)
set(ANEMONE_LIBRARIES protobuf::libprotobuf-lite fmt::fmt PkgConfig::utf8proc PkgConfig::hwy PNG::PNG JPEG::JPEG Threads::Threads)
