# Finds every library fwproof uses. A missing one stops the configuration and names the Debian
# package that brings it.

find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "pkg-config is missing: apt-get install pkg-config")
endif()

# fwproof_pkg(NAME MODULE PACKAGE): imports pkg-config MODULE as PkgConfig::NAME.
function(fwproof_pkg name module package)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "library '${module}' is missing: apt-get install ${package}")
  endif()
endfunction()

# fwproof_package(NAME PACKAGE [ARGS...]): find_package(NAME ARGS...), or stop and name PACKAGE.
macro(fwproof_package name package)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "library '${name}' is missing: apt-get install ${package}")
  endif()
endmacro()

fwproof_pkg(libnl libnl-3.0 libnl-3-dev)
fwproof_pkg(libnl_route libnl-route-3.0 libnl-route-3-dev)
fwproof_pkg(libnl_nf libnl-nf-3.0 libnl-nf-3-dev)
fwproof_pkg(libnftables libnftables libnftables-dev)
# libnftnl.pc asks for libmnl, so look for that first: a message names what is missing.
fwproof_pkg(libmnl libmnl libmnl-dev)
fwproof_pkg(libnftnl libnftnl libnftnl-dev)
fwproof_pkg(libip4tc libip4tc libip4tc-dev)
fwproof_pkg(libip6tc libip6tc libip6tc-dev)
fwproof_pkg(libpcap libpcap libpcap-dev)
fwproof_package(Boost libboost-dev 1.74)
fwproof_package(yaml-cpp libyaml-cpp-dev)
fwproof_package(CLI11 libcli11-dev)
fwproof_package(fmt libfmt-dev)
fwproof_package(nlohmann_json nlohmann-json3-dev)
fwproof_package(GTest libgmock-dev)
find_package(Threads REQUIRED)
