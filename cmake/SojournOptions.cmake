# Build-wide choices: language level, warnings, sanitizers, ccache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(SOJOURN_WERROR "Treat warnings as errors" OFF)
option(SOJOURN_TESTS "Build the tests" ON)
option(SOJOURN_FUZZ "Build the fuzz targets, which needs clang" OFF)
set(SOJOURN_SANITIZE "" CACHE STRING "Sanitizers for the host programs, as in -fsanitize=")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Assertions guard invariants of a security boundary: they stay on in every build.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")

add_library(sojourn_warnings INTERFACE)
target_compile_options(sojourn_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fno-omit-frame-pointer
  $<$<BOOL:${SOJOURN_WERROR}>:-Werror>)

# The host programs are instrumented; functions (.so) and the template that loads them are not.
add_library(sojourn_sanitize INTERFACE)
if(SOJOURN_SANITIZE)
  # With its instrumentation in between, GCC loses sight of what is initialised (of a std::variant that moves, say).
  target_compile_options(sojourn_sanitize INTERFACE -fsanitize=${SOJOURN_SANITIZE} -fno-sanitize-recover=all
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(sojourn_sanitize INTERFACE -fsanitize=${SOJOURN_SANITIZE})
endif()

find_program(SOJOURN_CCACHE ccache)
if(SOJOURN_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${SOJOURN_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SOJOURN_CCACHE})
endif()
