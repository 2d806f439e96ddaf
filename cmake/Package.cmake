# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `cmake --install` and `find_package(Stackward)` for other projects.
include(CMakePackageConfigHelpers)
get_property(Rooms GLOBAL PROPERTY STACKWARD_ROOMS)
set(PackageDir ${CMAKE_INSTALL_LIBDIR}/cmake/Stackward)
if(Rooms)
  install(TARGETS ${Rooms} EXPORT StackwardTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT StackwardTargets NAMESPACE Stackward::
          DESTINATION ${PackageDir})
endif()
install(DIRECTORY include/stackward DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
configure_package_config_file(cmake/StackwardConfig.cmake.in
  ${CMAKE_BINARY_DIR}/StackwardConfig.cmake INSTALL_DESTINATION ${PackageDir}
  PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/StackwardConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
set(PackageFiles ${CMAKE_BINARY_DIR}/StackwardConfig.cmake
                 ${CMAKE_BINARY_DIR}/StackwardConfigVersion.cmake)
if(EXISTS ${PROJECT_SOURCE_DIR}/cmake/StackwardEnable.cmake)
  list(APPEND PackageFiles ${PROJECT_SOURCE_DIR}/cmake/StackwardEnable.cmake)
endif()
install(FILES ${PackageFiles} DESTINATION ${PackageDir})
