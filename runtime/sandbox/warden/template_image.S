/* The bytes of the template program, so that the product is one file. */
    .section .rodata
    .balign 16
    .globl sojourn_template_image_begin
    .globl sojourn_template_image_end
sojourn_template_image_begin:
    .incbin SOJOURN_TEMPLATE_IMAGE
sojourn_template_image_end:
    .section .note.GNU-stack, "", %progbits
