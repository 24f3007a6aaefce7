# oneormany_module(NAME …) makes the static library oneormany_NAME of the files in src/NAME.
#   DEPENDS    the modules that it uses; it sees theirs too
#   PUBLIC     other libraries that its headers need, or that whoever uses it will need as well
#   PRIVATE    other libraries that only its own files need
#   EXCEPT     files of the folder (names without ending) that another module has
#   FOLDER, ONLY  in place of all of src/NAME, these files of src/FOLDER
#   PACKAGE    it is part of the installed package (component core)
#   PORTABLE   it is not compiled for this machine's processor
#
# A module can include its own headers and those of the modules it depends on, and no others: the
# compiler never sees src itself. For each module build/include/NAME holds links to its files, and only
# that folder is on the include path of whoever depends on it. What would lead around this (a path with
# "..", a header named without its module) is refused before a file is compiled.
function(oneormany_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PACKAGE;PORTABLE" "FOLDER" "DEPENDS;PUBLIC;PRIVATE;EXCEPT;ONLY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "oneormany_module(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT arg_FOLDER)
    set(arg_FOLDER ${name})
  endif()
  file(GLOB files CONFIGURE_DEPENDS ${arg_FOLDER}/*.h ${arg_FOLDER}/*.cc)
  list(FILTER files EXCLUDE REGEX "/main\\.cc$")
  foreach(other IN LISTS arg_EXCEPT)
    list(FILTER files EXCLUDE REGEX "/${other}\\.(h|cc)$")
  endforeach()
  if(arg_ONLY)
    list(JOIN arg_ONLY "|" only)
    list(FILTER files INCLUDE REGEX "/(${only})\\.(h|cc)$")
  endif()
  if(NOT files)
    message(FATAL_ERROR "oneormany_module(${name}): src/${arg_FOLDER} has no file for it")
  endif()

  set(seen ${CMAKE_BINARY_DIR}/include/${name})
  file(REMOVE_RECURSE ${seen})
  file(MAKE_DIRECTORY ${seen}/${arg_FOLDER})
  foreach(file IN LISTS files)
    get_filename_component(file_name ${file} NAME)
    file(CREATE_LINK ${file} ${seen}/${arg_FOLDER}/${file_name} SYMBOLIC)
  endforeach()
  set(checked ${CMAKE_BINARY_DIR}/include/${name}.checked)
  set(script ${PROJECT_SOURCE_DIR}/cmake/check_includes.cmake)
  add_custom_command(OUTPUT ${checked}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DSTAMP=${checked} -P ${script}
    DEPENDS ${files} ${script} COMMENT "Checking the includes of ${name}" VERBATIM)
  add_custom_target(oneormany_${name}_includes DEPENDS ${checked})

  set(sources ${files})
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  set(library oneormany_${name})
  add_library(${library} STATIC ${sources})
  add_dependencies(${library} ${library}_includes)
  target_compile_features(${library} PUBLIC cxx_std_20)
  target_include_directories(${library} PUBLIC $<BUILD_INTERFACE:${seen}>)
  list(TRANSFORM arg_DEPENDS PREPEND oneormany_)
  target_link_libraries(${library} PUBLIC ${arg_DEPENDS} ${arg_PUBLIC}
                        PRIVATE $<BUILD_INTERFACE:oneormany_flags> ${arg_PRIVATE})
  if(NOT arg_PORTABLE)
    target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:oneormany_native>)
  endif()
  if(arg_PACKAGE)
    set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
    add_library(oneormany::${name} ALIAS ${library})
    target_include_directories(${library} PUBLIC
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/oneormany>)
    set(headers ${files})
    list(FILTER headers INCLUDE REGEX "\\.h$")
    list(FILTER headers EXCLUDE REGEX "-inl\\.h$|loss/rows\\.h$")
    install(FILES ${headers} COMPONENT core
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/oneormany/${arg_FOLDER})
    install(TARGETS ${library} EXPORT oneormany-targets COMPONENT core
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endfunction()
