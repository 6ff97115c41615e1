# Debian 12 packages, with Homebrew twins; script/bootstrap installs them.
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
# oneDNN's own package file asks for OpenCL headers that we do not need, so look for the library itself.
find_library(DNNL_LIBRARY dnnl)
find_path(DNNL_INCLUDE_DIR dnnl.hpp)
if(ANEMONE_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

set(ANEMONE_LIBRARIES
  protobuf::libprotobuf-lite fmt::fmt nlohmann_json::nlohmann_json CLI11::CLI11 PkgConfig::utf8proc PkgConfig::hwy)
if(DNNL_LIBRARY AND DNNL_INCLUDE_DIR)
  set(ANEMONE_ONEDNN ON)
  list(APPEND ANEMONE_LIBRARIES ${DNNL_LIBRARY})
endif()
