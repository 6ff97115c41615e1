# cmake --install: the command, the library with its public headers, and what find_package(Anemone) reads.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Anemone)

install(TARGETS anemone EXPORT AnemoneTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET anemone_cli)
  install(TARGETS anemone_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY include/anemone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(FILES LICENSE NOTICE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT AnemoneTargets NAMESPACE Anemone:: DESTINATION ${package_dir})

configure_package_config_file(cmake/AnemoneConfig.cmake.in ${PROJECT_BINARY_DIR}/AnemoneConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/AnemoneConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AnemoneConfig.cmake ${PROJECT_BINARY_DIR}/AnemoneConfigVersion.cmake
  cmake/link_dependencies.cmake DESTINATION ${package_dir})
