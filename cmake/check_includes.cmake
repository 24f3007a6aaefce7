# cmake -DFILES=… -DSTAMP=… -P check_includes.cmake: that our own headers are included by their module's
# name ("metrics/measures.h") and by no other path, so that the include path alone decides who sees what.
foreach(file IN LISTS FILES)
  file(STRINGS ${file} includes REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
  foreach(line IN LISTS includes)
    if((line MATCHES "include[ \t]*\"" AND NOT line MATCHES "\"[a-z_]+/[a-z0-9_-]+\\.h\"") OR
       line MATCHES "\\./|[\"<]/")
      message(SEND_ERROR "${file}: ${line}\nwrite #include \"MODULE/HEADER.h\"")
      set(wrong TRUE)
    endif()
  endforeach()
endforeach()
if(NOT wrong)
  file(TOUCH ${STAMP})
endif()
