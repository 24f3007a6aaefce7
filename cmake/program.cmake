# The program for a place of its own: cmake --install build --component program --prefix …
#   bin/oneormany
#   lib/oneormany    OpenVINO: its library, what that is linked with, and what it loads
#   share/man, share/bash-completion, share/zsh, share/fish
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
foreach(part weights vega)
  file(REAL_PATH ${ONEORMANY_DEPS}/${part} there)  # a link would be installed as a link
  install(DIRECTORY ${there}/ COMPONENT program DESTINATION ${program_share}/${part})
endforeach()
install(DIRECTORY ${ONEORMANY_DEPS}/background/ COMPONENT program DESTINATION ${program_share}/background
        OPTIONAL FILES_MATCHING PATTERN "*.bank")
install(FILES LICENSE NOTICE CHANGELOG.md README.md COMPONENT program DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs COMPONENT program DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The man page and the shells' completions, as the program itself writes them.
set(ONEORMANY_ZSH_FUNCTIONS zsh/site-functions CACHE STRING
    "Where below share zsh looks for completions; zsh/vendor-completions in a Debian package")
set(manual ${CMAKE_BINARY_DIR}/manual)
file(MAKE_DIRECTORY ${manual})
function(oneormany_manual form name destination)
  add_custom_command(OUTPUT ${manual}/${name} COMMAND oneormany _manual ${form} > ${manual}/${name}
                     DEPENDS oneormany COMMENT "Writing ${name}" VERBATIM)
  install(FILES ${manual}/${name} COMPONENT program DESTINATION ${destination})
endfunction()
oneormany_manual(man oneormany.1 ${CMAKE_INSTALL_MANDIR}/man1)
oneormany_manual(bash oneormany ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
oneormany_manual(zsh _oneormany ${CMAKE_INSTALL_DATADIR}/${ONEORMANY_ZSH_FUNCTIONS})
oneormany_manual(fish oneormany.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
add_custom_target(manual ALL DEPENDS ${manual}/oneormany.1 ${manual}/oneormany ${manual}/_oneormany
                                     ${manual}/oneormany.fish)
