# cmake -DSOURCE=… -DBINARY=… -DPROJECT=… -DVERSION=… -DCOMPILER=… -DGENERATOR=… -DCONFIG=… -P check.cmake
# Installs the built project into an empty folder, moves it, builds a program against it there, and runs that and the
# installed command. Moving shows that no path of the build is left in the package.
function(run output)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE error)
  if(code)
    message(FATAL_ERROR "${ARGN}:\n${out}${error}")
  endif()
  set(${output} "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${BINARY})
run(ignored ${CMAKE_COMMAND} --install ${PROJECT} --prefix ${BINARY}/installed --config "${CONFIG}")
file(RENAME ${BINARY}/installed ${BINARY}/moved)
run(ignored ${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_PREFIX_PATH=${BINARY}/moved -DEXPECTED_VERSION=${VERSION})
run(ignored ${CMAKE_COMMAND} --build ${BINARY}/build)
run(printed ${BINARY}/build/consumer)
if(NOT printed STREQUAL VERSION)
  message(FATAL_ERROR "the consumer prints version ${printed}, expected ${VERSION}")
endif()
run(printed ${BINARY}/moved/bin/anemone --version)
string(STRIP "${printed}" printed)
if(NOT printed STREQUAL VERSION)
  message(FATAL_ERROR "the command prints version ${printed}, expected ${VERSION}")
endif()
