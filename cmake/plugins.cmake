# anemone_plugins(<target> <kind> <folder> <table type> <header>)
#
# Turns every .cpp directly in src/<folder> into a plug-in of <target>: each must define
#     void anemone::register_<kind>_<stem>(<table type>&);
# A generated file defines anemone::register_all_<kind>(<table type>&), which calls them in name order. A new file is
# found by the next build; nothing else is edited. Hyphens in a stem become underscores; two stems that then collide
# stop the configuration.
function(anemone_plugins target kind folder table header)
  if(NOT EXISTS ${PROJECT_SOURCE_DIR}/src/${header})
    return()
  endif()
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
  list(SORT files)
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    get_filename_component(stem ${file} NAME_WLE)
    string(MAKE_C_IDENTIFIER ${stem} stem)
    if(DEFINED owner_${stem})
      message(FATAL_ERROR "src/${folder}: ${owner_${stem}} and ${name} both register the name ${stem}; rename one")
    endif()
    set(owner_${stem} ${name})
    string(APPEND declarations "void register_${kind}_${stem}(${table}& table);\n")
    string(APPEND calls "  register_${kind}_${stem}(table);\n")
  endforeach()
  set(output ${PROJECT_BINARY_DIR}/generated/plugins/${kind}.cpp)
  file(CONFIGURE OUTPUT ${output} CONTENT [=[// Generated from the files of src/@folder@.
#include "@header@"

namespace anemone {

@declarations@
void register_all_@kind@(@table@& table);  // declared where the table is used
void register_all_@kind@([[maybe_unused]] @table@& table) {
@calls@}

}  // namespace anemone
]=] @ONLY)
  target_sources(${target} PRIVATE ${files} ${output})
endfunction()
