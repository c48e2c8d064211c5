# Two SOJOURN_INIT in two files of one object: the linker must refuse and say why.
file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR})
file(WRITE ${WORK_DIR}/another_init.cpp
  "#include <sojourn/function.h>\nstatic void another(sojourn::StartContext&) {}\nSOJOURN_INIT(another)\n")
execute_process(
  COMMAND ${CXX} -std=c++20 -fPIC -shared -fvisibility=hidden -I${INCLUDE_DIR} ${SOURCE} ${WORK_DIR}/another_init.cpp
    -o ${WORK_DIR}/twice.so
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0 OR NOT output MATCHES "sojourn_at_most_one_SOJOURN_INIT")
  message(FATAL_ERROR "two SOJOURN_INIT in one object: expected a link error that names the rule, got\n${output}")
endif()
