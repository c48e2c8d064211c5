# What `make install` installs, and the target that builds no more than that.
#
#   bin/sojourn                    supervisor, gateway, warden, template and command line in one file
#   include/sojourn, lib/cmake     the SDK: sdk/cmake/install.cmake
#   share/sojourn/examples         built and with source: examples/CMakeLists.txt
install(TARGETS sojourn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sojourn)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sojourn)

add_custom_target(product)
foreach(part sojourn sojourn_examples sojourn_functions)
  if(TARGET ${part})
    add_dependencies(product ${part})
  endif()
endforeach()
