# The SDK's own tests: one doctest program, the objects it looks into, each header compiled alone, and a project
# outside the tree that finds the installed package.
file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/include include/sojourn/*.h)
foreach(header ${headers})
  string(MAKE_C_IDENTIFIER ${header} stem)
  set(alone ${CMAKE_CURRENT_BINARY_DIR}/alone/${stem}.cpp)
  file(CONFIGURE OUTPUT ${alone} CONTENT "#include <${header}>\n#include <${header}>\n")
  list(APPEND alone_sources ${alone})
endforeach()
add_library(sojourn_sdk_headers_alone OBJECT ${alone_sources})
target_link_libraries(sojourn_sdk_headers_alone PRIVATE sojourn_sdk sojourn_warnings)

# Every macro, spread over files in a way that no author would; and two objects that must not link.
sojourn_add_function(sdk_all_macros SOURCES testdata/macros_entries.cpp testdata/macros_init.cpp
  testdata/macros_start_and_stop.cpp)
sojourn_add_function(sdk_only_stop SOURCES testdata/macros_only_stop.cpp)
foreach(object sdk_all_macros sdk_only_stop)
  target_include_directories(${object} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${object} PRIVATE sojourn_warnings)
  set_target_properties(${object} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/testdata)
endforeach()

file(GLOB test_sources CONFIGURE_DEPENDS *_test.cpp *_test.c)
add_executable(sojourn_sdk_test ${test_sources} $<TARGET_OBJECTS:sojourn_test_main>
  $<TARGET_OBJECTS:sojourn_sdk_headers_alone>)
target_include_directories(sojourn_sdk_test PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(sojourn_sdk_test PRIVATE
  SDK_ALL_MACROS="$<TARGET_FILE:sdk_all_macros>" SDK_ONLY_STOP="$<TARGET_FILE:sdk_only_stop>")
target_link_libraries(sojourn_sdk_test PRIVATE sojourn_sdk doctest::doctest sojourn_warnings sojourn_sanitize dl)
add_dependencies(sojourn_sdk_test sdk_all_macros sdk_only_stop)
add_test(NAME sojourn_sdk COMMAND sojourn_sdk_test)
set_tests_properties(sojourn_sdk PROPERTIES LABELS unit TIMEOUT 120)

add_test(NAME sojourn_sdk_package COMMAND ${CMAKE_COMMAND}
  -DBUILD_DIR=${PROJECT_BINARY_DIR} -DSOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR}/testdata/consumer
  -DWORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/package_test -DGENERATOR=${CMAKE_GENERATOR}
  -DCC=${CMAKE_C_COMPILER} -DCXX=${CMAKE_CXX_COMPILER}
  -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/package_test.cmake)
set_tests_properties(sojourn_sdk_package PROPERTIES LABELS unit TIMEOUT 300)

add_test(NAME sojourn_sdk_second_init_does_not_link COMMAND ${CMAKE_COMMAND}
  -DINCLUDE_DIR=${CMAKE_CURRENT_SOURCE_DIR}/include -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}/testdata/macros_init.cpp
  -DWORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/second_init_test -DCXX=${CMAKE_CXX_COMPILER}
  -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/second_init_test.cmake)
set_tests_properties(sojourn_sdk_second_init_does_not_link PROPERTIES LABELS unit TIMEOUT 120)
