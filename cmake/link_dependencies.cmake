# What a program that links the static library needs as well. Read by the build and by the installed package, so that
# the two cannot differ.
include(CMakeFindDependencyMacro)
find_dependency(Protobuf)
find_dependency(fmt)
find_dependency(PNG)
find_dependency(JPEG)
find_dependency(PkgConfig)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET GLOBAL libutf8proc)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET GLOBAL libhwy)
find_dependency(Threads)
