# sojourn_add_function(NAME SOURCES file...)
#
# Makes NAME.so, a shared object that Sojourn takes as a function, from C or C++ sources. Link more libraries with
# target_link_libraries as usual; only those that exist inside the sandbox (libc, libm, libstdc++, libgcc_s) or that
# are static will load there.
#
# What the flags are for:
#   hidden visibility      only entries are exported: quicker to load, and two objects in one process stay apart
#   no-gnu-unique (GCC)    the same for inline variables, which GCC would otherwise share process-wide
#   sections, gc-sections  what nothing calls is left out
#   relro, now, noexecstack, text, defs   a missing symbol is an error here and not in the sandbox
#   gnu hash, build id     quick look-ups; a name for crash reports
function(sojourn_add_function NAME)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES")
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sojourn_add_function(${NAME}): expects SOURCES and its files, and nothing else.")
  endif()
  add_library(${NAME} MODULE ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES
    PREFIX "" SUFFIX ".so"
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_options(${NAME} PRIVATE
    $<$<NOT:$<CONFIG:Debug>>:-O2>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>
    -fno-semantic-interposition -ffunction-sections -fdata-sections -fstack-protector-strong)
  target_link_options(${NAME} PRIVATE
    LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:-z,defs LINKER:-z,text
    LINKER:--as-needed LINKER:--gc-sections LINKER:--hash-style=gnu LINKER:--build-id=sha1)
  target_link_libraries(${NAME} PRIVATE Sojourn::sdk)
endfunction()
