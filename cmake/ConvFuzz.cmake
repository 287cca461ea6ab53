# conv_add_fuzzer(NAME sources... LIBS libraries... CORPUS dir [DICTIONARY file])
#
# A libFuzzer target and a ctest test `fuzz-NAME` that runs it for
# CONV_FUZZ_SECONDS, starting from the kept corpus. What it finds on the way goes
# to a scratch folder of the build tree.
set(CONV_FUZZ_SECONDS 60 CACHE STRING "How long the test of a fuzz target runs")

function(conv_add_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS;DICTIONARY" "LIBS" ${ARGN})
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(STATUS "${name}: fuzzing needs clang, left out")
    return()
  endif()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  set(scratch ${CMAKE_CURRENT_BINARY_DIR}/${name}-corpus)
  file(MAKE_DIRECTORY ${scratch})
  set(dictionary)
  if(ARG_DICTIONARY)
    set(dictionary -dict=${CMAKE_CURRENT_SOURCE_DIR}/${ARG_DICTIONARY})
  endif()
  add_test(NAME fuzz-${name} COMMAND ${name} -max_total_time=${CONV_FUZZ_SECONDS}
    -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1
    -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/ ${dictionary}
    ${scratch} ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CORPUS})
  set_tests_properties(fuzz-${name} PROPERTIES LABELS fuzz TIMEOUT 600)
endfunction()
