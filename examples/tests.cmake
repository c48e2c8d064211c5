# Loads every example as a host would and calls it through the ABI alone, and checks that what the docs quote is what
# is compiled here.
add_executable(sojourn_examples_test examples_test.cpp $<TARGET_OBJECTS:sojourn_test_main>)
target_include_directories(sojourn_examples_test PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(sojourn_examples_test PRIVATE EXAMPLES_DIR="${CMAKE_CURRENT_BINARY_DIR}"
  $<$<TARGET_EXISTS:hello-rust>:EXAMPLES_WITH_RUST>)
target_link_libraries(sojourn_examples_test PRIVATE
  Sojourn::sdk doctest::doctest sojourn_warnings sojourn_sanitize ${CMAKE_DL_LIBS})
add_dependencies(sojourn_examples_test sojourn_examples)
add_test(NAME sojourn_examples COMMAND sojourn_examples_test)
set_tests_properties(sojourn_examples PROPERTIES LABELS unit TIMEOUT 120)

foreach(page functions decorators webhooks)
  add_test(NAME docs_quote_compiled_examples_${page} COMMAND ${CMAKE_COMMAND}
    -DROOT=${PROJECT_SOURCE_DIR} -DPAGE=${PROJECT_SOURCE_DIR}/docs/${page}.md
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_quotes.cmake)
  set_tests_properties(docs_quote_compiled_examples_${page} PROPERTIES LABELS unit TIMEOUT 30)
endforeach()
