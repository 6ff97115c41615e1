# Debian 12 packages, with Homebrew twins; script/bootstrap installs them.
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
find_package(dnnl QUIET)
if(ANEMONE_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

set(ANEMONE_LIBRARIES
  protobuf::libprotobuf-lite fmt::fmt nlohmann_json::nlohmann_json CLI11::CLI11 PkgConfig::utf8proc PkgConfig::hwy)
if(dnnl_FOUND)
  list(APPEND ANEMONE_LIBRARIES DNNL::dnnl)
endif()
