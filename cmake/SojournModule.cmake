# sojourn_module(NAME [DEPS target...] [TEST_DEPS target...] [EXCLUDE file...])
#
# One line per folder: every *.cpp becomes the static library NAME, every x_test.cpp beside it becomes
# one doctest program NAME_test, run by ctest under the labels unit and module. Includes are written from the top of the tree
# (#include "runtime/base/result.h"), so an include line shows which layer it reaches into.
if(SOJOURN_TESTS)
  # doctest's main, compiled once for all test programs.
  add_library(sojourn_test_main OBJECT ${PROJECT_SOURCE_DIR}/tests/doctest_main.cpp)
  target_link_libraries(sojourn_test_main PRIVATE doctest::doctest sojourn_warnings sojourn_sanitize)
  # Every module's test program, and no more than those: what the sanitizers run.
  add_custom_target(sojourn_module_tests)
endif()

function(sojourn_module NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
  if(ARG_EXCLUDE)
    list(REMOVE_ITEM sources ${ARG_EXCLUDE})
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  if(sources)
    add_library(${NAME} STATIC ${sources})
    set(visibility PUBLIC)
    target_link_libraries(${NAME} PRIVATE sojourn_warnings PUBLIC sojourn_sanitize)
  else()
    add_library(${NAME} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(${NAME} ${visibility} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${NAME} ${visibility} ${ARG_DEPS})

  if(tests AND SOJOURN_TESTS)
    add_executable(${NAME}_test ${tests} $<TARGET_OBJECTS:sojourn_test_main>)
    target_link_libraries(${NAME}_test PRIVATE ${NAME} ${ARG_TEST_DEPS} doctest::doctest sojourn_warnings sojourn_sanitize)
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
    set_tests_properties(${NAME} PROPERTIES LABELS "unit;module" TIMEOUT 120)
    add_dependencies(sojourn_module_tests ${NAME}_test)
  endif()
endfunction()
