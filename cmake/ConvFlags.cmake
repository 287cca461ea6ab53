# Warning and sanitizer flags for our own code.
add_compile_options(-Wall -Wextra -Wno-unused-parameter $<$<BOOL:${CONV_WERROR}>:-Werror>)
if(CONV_SANITIZE)
  # The runtime declares the CUDA driver's functions itself, with int where its
  # header has enumerations: the same call, but not the same type.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=function
                      -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
endif()
