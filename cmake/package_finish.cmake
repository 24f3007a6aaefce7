# Between the installing of a Debian package's files and their packing: man page and changelog are compressed.
file(GLOB_RECURSE files ${CPACK_TEMPORARY_DIRECTORY}/oneormany.1 ${CPACK_TEMPORARY_DIRECTORY}/changelog)
if(NOT files)
  message(FATAL_ERROR "no man page in ${CPACK_TEMPORARY_DIRECTORY}")
endif()
execute_process(COMMAND gzip -9n ${files} COMMAND_ERROR_IS_FATAL ANY)
