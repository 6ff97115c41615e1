# cmake -DSOURCE=… -DBINARY=… -DCOMPILER=… -DGENERATOR=… -P check.cmake
# A folder becomes a table in name order, hyphens and all; a new file is found by the next build; colliding names stop
# the configuration and are named.
file(REMOVE_RECURSE ${BINARY})
file(COPY ${SOURCE}/ DESTINATION ${BINARY}/tests/plugins)
file(COPY ${SOURCE}/../../cmake/plugins.cmake DESTINATION ${BINARY}/cmake)
set(copy ${BINARY}/tests/plugins)

function(configure folder result output)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${copy} -B ${BINARY}/${folder} -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DFOLDER=${folder} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  set(${result} ${code} PARENT_SCOPE)
  set(${output} "${out}" PARENT_SCOPE)
endfunction()

function(expect_table expected)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY}/good RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(code)
    message(FATAL_ERROR "the plug-ins do not build:\n${out}")
  endif()
  execute_process(COMMAND ${BINARY}/good/plugins OUTPUT_VARIABLE out)
  if(NOT out STREQUAL expected)
    message(FATAL_ERROR "the table reads\n${out}expected\n${expected}")
  endif()
endfunction()

configure(good code output)
if(code)
  message(FATAL_ERROR "does not configure:\n${output}")
endif()
expect_table("two-words\nzeta\n")
file(READ ${copy}/src/good/zeta.cpp text)
string(REPLACE zeta alpha text "${text}")
file(WRITE ${copy}/src/good/alpha.cpp "${text}")
expect_table("alpha\ntwo-words\nzeta\n")

configure(collide code output)
if(NOT code)
  message(FATAL_ERROR "colliding names were accepted")
endif()
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(NOT output MATCHES "src/collide: two-words.cpp and two_words.cpp both register the name two_words")
  message(FATAL_ERROR "the message does not name the collision:\n${output}")
endif()
