# Install the runtime, move the install tree, and build the example against it:
# through find_package with the shared and the static library, and through
# pkg-config. Every program lists and runs the kernels of PACKAGE, and, where
# EMULATOR is a library, those of GPU_PACKAGE on the emulator.
#
#   cmake -DBINARY_DIR= -DEXAMPLE_DIR= -DPACKAGE= -DGPU_PACKAGE= -DEMULATOR=
#         -DSCRATCH_DIR= -DLIBDIR= -DC_COMPILER= -DGENERATOR=
#         -P install_test.cmake

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${command}\nfailed (${status}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_results program)
  run(${program} ${PACKAGE} add 3)
  foreach(line "add: " "input  x: f32 \\[b, 4\\]" "output z: f32 \\[b, 4\\]"
               "z\\[0\\] = ")
    if(NOT output MATCHES "${line}")
      message(FATAL_ERROR "${program} printed no '${line}':\n${output}")
    endif()
  endforeach()
  string(REGEX MATCH "z\\[0\\] = .*" on_cpu "${output}")
  # Without a GPU or its driver the program says so.
  execute_process(COMMAND ${CMAKE_COMMAND} -E env CONVRT_CUDA_LIBRARY=/none
    ${program} ${GPU_PACKAGE} add 3 cuda
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status EQUAL 0 OR NOT output MATCHES "cannot open the CUDA driver '/none'")
    message(FATAL_ERROR "${program} without a driver (${status}):\n${output}")
  endif()
  if(NOT EMULATOR)
    return()
  endif()
  run(${CMAKE_COMMAND} -E env CONVRT_EMULATOR_LIBRARY=${EMULATOR}
    ${program} ${GPU_PACKAGE} add 3 emulate:sm_86)
  string(REGEX MATCH "z\\[0\\] = .*" on_gpu "${output}")
  if(NOT output MATCHES "on emulated sm_86, from the sm_80 PTX" OR
     NOT on_gpu STREQUAL on_cpu)
    message(FATAL_ERROR "${program} on the emulator:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH_DIR})
run(${CMAKE_COMMAND} --install ${BINARY_DIR} --component convrt
  --prefix ${SCRATCH_DIR}/first)
file(RENAME ${SCRATCH_DIR}/first ${SCRATCH_DIR}/prefix)

foreach(linkage shared static)
  set(build ${SCRATCH_DIR}/${linkage})
  run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${EXAMPLE_DIR} -B ${build}
    -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_PREFIX_PATH=${SCRATCH_DIR}/prefix
    -DCONVRT_LINKAGE=${linkage})
  run(${CMAKE_COMMAND} --build ${build})
  expect_results(${build}/run_package)
endforeach()

find_program(PKG_CONFIG NAMES pkg-config pkgconf)
if(NOT PKG_CONFIG)
  message(STATUS "no pkg-config: that part is left out")
  return()
endif()
set(ENV{PKG_CONFIG_PATH} ${SCRATCH_DIR}/prefix/${LIBDIR}/pkgconfig)
run(${PKG_CONFIG} --cflags --libs convrt)
string(STRIP "${output}" flags)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(${C_COMPILER} -std=c11 ${EXAMPLE_DIR}/run_package.c -o ${SCRATCH_DIR}/plain
  ${flags} -lm -Wl,-rpath,${SCRATCH_DIR}/prefix/${LIBDIR})
expect_results(${SCRATCH_DIR}/plain)
