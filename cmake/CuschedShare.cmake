# SPDX-License-Identifier: MIT
# Completion for bash, zsh and fish and the manual page, made by the command itself from its tables of
# options into build/.../share, as they lie below the prefix of an installation.
set(share "${CMAKE_BINARY_DIR}/share")
set(files "")
foreach(pair bash=bash-completion/completions/cusched zsh=zsh/site-functions/_cusched
    fish=fish/vendor_completions.d/cusched.fish man=man/man1/cusched.1)
  string(REGEX MATCH "^([a-z]+)=(.*)/([^/]+)$" matched "${pair}")
  set(kind ${CMAKE_MATCH_1})
  set(folder "${CMAKE_MATCH_2}")
  set(file "${share}/${folder}/${CMAKE_MATCH_3}")
  file(MAKE_DIRECTORY "${share}/${folder}")
  add_custom_command(OUTPUT "${file}" COMMAND cusched completion ${kind} --out "${file}"
    DEPENDS cusched COMMENT "cusched completion ${kind}" VERBATIM)
  list(APPEND files "${file}")
endforeach()
add_custom_target(cusched_share ALL DEPENDS ${files})

include(GNUInstallDirs)
# LibTorch is found where it was at the build.
set_target_properties(cusched PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS cusched RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${share}/" DESTINATION "${CMAKE_INSTALL_DATADIR}")
