# Finds llhttp and makes the target Llhttp::llhttp.
#
# Newer Debian releases have libllhttp-dev. Debian 12 has only the C sources, in node-llhttp; they are
# compiled here, and with LLHTTP_STRICT_MODE: the default there is the loose mode, which accepts
# bare CR separators, obs-fold and chunk data without its CRLF.
find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp /usr/include)
find_library(LLHTTP_LIBRARY llhttp)

if(LLHTTP_LIBRARY AND LLHTTP_INCLUDE_DIR)
  add_library(Llhttp::llhttp UNKNOWN IMPORTED)
  set_target_properties(Llhttp::llhttp PROPERTIES
    IMPORTED_LOCATION ${LLHTTP_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${LLHTTP_INCLUDE_DIR})
elseif(LLHTTP_SOURCE_DIR AND LLHTTP_INCLUDE_DIR)
  add_library(llhttp_strict STATIC
    ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
  target_compile_definitions(llhttp_strict PRIVATE LLHTTP_STRICT_MODE=1)
  target_compile_options(llhttp_strict PRIVATE -O2 -w)
  target_include_directories(llhttp_strict SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
  add_library(Llhttp::llhttp ALIAS llhttp_strict)
endif()

if(NOT TARGET Llhttp::llhttp)
  message(FATAL_ERROR "llhttp is missing: run tools/install-packages (node-llhttp on Debian 12, libllhttp-dev later).")
endif()
set(Llhttp_FOUND TRUE)
