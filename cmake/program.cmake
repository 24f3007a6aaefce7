# The program for a place of its own: cmake --install build --component program --prefix …
#   bin/oneormany
#   lib/oneormany    OpenVINO: its library, what that is linked with, and what it loads
#   share/oneormany  weights, chart library, and the built-in background if script/background made it
# The libraries that Debian has (libvips, …) have to be there; script/setup installs them.
set(program_lib ${CMAKE_INSTALL_LIBDIR}/oneormany)
set(program_share ${CMAKE_INSTALL_DATADIR}/oneormany)
file(RELATIVE_PATH lib_from_bin ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}
     ${CMAKE_INSTALL_PREFIX}/${program_lib})
set_target_properties(oneormany PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")
install(TARGETS oneormany COMPONENT program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Of its plug-ins the one for processors, of its front ends the one for ONNX.
install(DIRECTORY ${ONEORMANY_DEPS}/openvino/libs/ COMPONENT program DESTINATION ${program_lib}
        FILES_MATCHING PATTERN "libopenvino.so*" PATTERN "libopenvino_intel_cpu_plugin.so"
                       PATTERN "libopenvino_arm_cpu_plugin.so" PATTERN "libopenvino_onnx_frontend.so*"
                       PATTERN "libtbb*" PATTERN "libhwloc*")
install(DIRECTORY ${ONEORMANY_DEPS}/weights ${ONEORMANY_DEPS}/vega COMPONENT program
        DESTINATION ${program_share})
install(DIRECTORY ${ONEORMANY_DEPS}/background COMPONENT program DESTINATION ${program_share}
        OPTIONAL FILES_MATCHING PATTERN "*.bank")
install(FILES LICENSE NOTICE COMPONENT program DESTINATION ${CMAKE_INSTALL_DOCDIR})
