# Headers and the CMake package, as the component `sdk`: cmake --install BUILD --component sdk --prefix DIR
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Sojourn)
install(TARGETS sojourn_sdk EXPORT SojournTargets)
install(DIRECTORY include/sojourn DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
install(EXPORT SojournTargets NAMESPACE Sojourn:: DESTINATION ${package_dir} COMPONENT sdk)
configure_package_config_file(cmake/SojournConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/SojournConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/SojournConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/SojournConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/SojournConfigVersion.cmake
  cmake/SojournAddFunction.cmake DESTINATION ${package_dir} COMPONENT sdk)
