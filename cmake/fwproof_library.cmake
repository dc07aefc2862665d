# One static library and one test program per folder of harness/.

add_library(fwproof_flags INTERFACE)
target_compile_options(fwproof_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wno-sign-conversion -Wno-missing-field-initializers
                       -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_include_directories(fwproof_flags INTERFACE ${CMAKE_SOURCE_DIR}/harness)
if(FWPROOF_SANITIZE)
  # clang's check of vptr opens a pipe, and takes its failing for a wrong pointer.
  target_compile_options(fwproof_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Without -no-pie a program relocates a million addresses each time it starts.
  target_link_options(fwproof_flags INTERFACE -fsanitize=address,undefined -no-pie)
  find_program(FWPROOF_LLD ld.lld)  # takes a quarter of the time
  if(FWPROOF_LLD)
    target_link_options(fwproof_flags INTERFACE -fuse-ld=lld)
  endif()
endif()
if(FWPROOF_SANITIZE_THREADS)
  target_compile_options(fwproof_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(fwproof_flags INTERFACE -fsanitize=thread)
endif()
if(FWPROOF_FUZZ)
  target_compile_options(fwproof_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# fwproof_library(NAME SOURCES... [PUBLIC LIBS...] [PRIVATE LIBS...])
function(fwproof_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(fwproof_${name} STATIC ${arg_SOURCES})
  target_precompile_headers(fwproof_${name} PRIVATE <algorithm> <map> <optional> <string> <vector>
                            <fmt/format.h>)
  target_link_libraries(fwproof_${name} PUBLIC fwproof_flags fmt::fmt ${arg_PUBLIC}
                        PRIVATE ${arg_PRIVATE})
endfunction()

# fwproof_test(NAME LABEL SOURCES... [LIBS LIBS...]): a GoogleTest program, each test under ctest.
# LABEL is unit (no privilege) or netns (against the kernel).
function(fwproof_test name label)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE fwproof_flags ${arg_LIBS} GTest::gmock GTest::gtest)
  target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  if(label STREQUAL "unit")
    target_link_libraries(${name} PRIVATE GTest::gtest_main)
  endif()
  target_compile_definitions(${name} PRIVATE FWPROOF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 PROPERTIES LABELS ${label} TIMEOUT 600)
endfunction()
include(GoogleTest)
