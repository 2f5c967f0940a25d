# SPDX-License-Identifier: MIT
# Tests of the documents: what they name exists, and every command in them runs.
if(NOT CUSCHED_PYTHON)
  return()
endif()

add_test(NAME docs.Paths COMMAND "${CUSCHED_PYTHON}" "${CMAKE_SOURCE_DIR}/tests/docs/paths_test.py")
if(TARGET cusched)
  add_test(NAME docs.GuideCommands COMMAND "${CUSCHED_PYTHON}"
    "${CMAKE_SOURCE_DIR}/tests/docs/guide_commands_test.py" "$<TARGET_FILE:cusched>")
endif()
foreach(test Paths GuideCommands)
  if(TEST docs.${test})
    set_tests_properties(docs.${test} PROPERTIES LABELS docs ENVIRONMENT PYTHONDONTWRITEBYTECODE=1
      TIMEOUT ${CUSCHED_TEST_TIMEOUT_S})
  endif()
endforeach()
