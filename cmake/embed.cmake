# anemone_embed(<target> <folder> <function> <header>)
#
# Makes the files of src/<folder>, those of C++ apart, part of <target>: a generated file defines
#     const std::vector<std::pair<std::string, std::string_view>>& anemone::<function>();
# declared in src/<header>, with their names and contents, in the order of their names.
function(anemone_embed target folder function header)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*)
  list(FILTER files EXCLUDE REGEX "\\.(cpp|h)$")
  list(SORT files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(entries "")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" content)
    string(APPEND entries "      {\"${name}\", R\"__embed__(${content})__embed__\"},\n")
  endforeach()
  set(output ${PROJECT_BINARY_DIR}/generated/embedded/${function}.cpp)
  file(CONFIGURE OUTPUT ${output} CONTENT [=[// Generated from the files of src/@folder@.
#include "@header@"

namespace anemone {

const std::vector<std::pair<std::string, std::string_view>>& @function@() {
  static const std::vector<std::pair<std::string, std::string_view>> kFiles = {
@entries@  };
  return kFiles;
}

}  // namespace anemone
]=] @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()
