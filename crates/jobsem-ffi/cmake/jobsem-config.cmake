# find_package(jobsem): the targets jobsem::jobsem (shared) and jobsem::jobsem-static, each if its
# library is there. This file is installed three directories below the prefix.
get_filename_component(_jobsem "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_jobsem_lib
  "${_jobsem}/lib" "${_jobsem}/lib64" "${_jobsem}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
find_library(_jobsem_shared libjobsem.so.1 PATHS ${_jobsem_lib} NO_DEFAULT_PATH NO_CACHE)
find_library(_jobsem_static libjobsem.a PATHS ${_jobsem_lib} NO_DEFAULT_PATH NO_CACHE)
if(_jobsem_shared AND NOT TARGET jobsem::jobsem)
  add_library(jobsem::jobsem SHARED IMPORTED)
  set_target_properties(jobsem::jobsem PROPERTIES
    IMPORTED_LOCATION "${_jobsem_shared}"
    IMPORTED_SONAME "libjobsem.so.1"
    INTERFACE_INCLUDE_DIRECTORIES "${_jobsem}/include")
endif()
if(_jobsem_static AND NOT TARGET jobsem::jobsem-static)
  add_library(jobsem::jobsem-static STATIC IMPORTED)
  set_target_properties(jobsem::jobsem-static PROPERTIES
    IMPORTED_LOCATION "${_jobsem_static}"
    INTERFACE_INCLUDE_DIRECTORIES "${_jobsem}/include"
    INTERFACE_LINK_LIBRARIES "gcc_s;util;rt;pthread;m;dl")
endif()
if(NOT _jobsem_shared AND NOT _jobsem_static)
  set(jobsem_FOUND FALSE)
  set(jobsem_NOT_FOUND_MESSAGE "there is no libjobsem in ${_jobsem_lib}")
endif()
unset(_jobsem)
unset(_jobsem_lib)
unset(_jobsem_shared)
unset(_jobsem_static)
