#include "textflag.h"

// AHEAD is how many rows beyond the one being multiplied are on their way from memory, which takes the time of some rows to answer.
#define AHEAD 6

// ROW leaves in R9 the address of the row whose number is at the given address: R8 has the directory of chunks (slice headers of 24
// bytes), CX the shift, R11 the mask and R12 the bytes of a row. It uses AX and DX.
#define ROW(id) \
	MOVL  id, AX              \
	MOVL  AX, DX              \
	ANDL  R11, DX             \
	SHRL  CX, AX              \
	LEAQ  (AX)(AX*2), AX      \
	MOVQ  (R8)(AX*8), R9      \
	IMULQ R12, DX             \
	ADDQ  DX, R9

// BEGIN loads the arguments: R10 is where the number of the row to multiply is, R13 that of the row to fetch and R15 their end; BX counts
// the rows to fetch before the first is multiplied, DI is where results go.
#define BEGIN \
	MOVQ width+8(FP), R12     \
	MOVQ chunks+16(FP), R8    \
	MOVQ shift+24(FP), CX     \
	MOVQ ids+32(FP), R10      \
	MOVQ R10, R13             \
	MOVQ n+40(FP), AX         \
	LEAQ (R10)(AX*4), R15     \
	MOVQ out+56(FP), DI       \
	MOVQ $AHEAD, BX           \
	MOVL $1, R11              \
	SHLL CX, R11              \
	DECL R11

// FETCH prefetches the row at R13, and further ones as long as BX says so.
#define FETCH \
fetch: \
	CMPQ R13, R15             \
	JGE  fetched              \
	ROW((R13))                \
	ADDQ $4, R13              \
	LEAQ (R9)(R12*1), DX      \
	\
fetchline: \
	PREFETCHT0 (R9)           \
	ADDQ $64, R9              \
	CMPQ R9, DX               \
	JLT  fetchline            \
	DECQ BX                   \
	JGE  fetch                \
	\
fetched: \

// FINISH turns the four sums in X0 into the result of the row that ends at R9, and goes on with the next row.
#define FINISH \
	VPSHUFD     $0x4e, X0, X1 \
	VPADDD      X1, X0, X0    \
	VPSHUFD     $0xb1, X0, X1 \
	VPADDD      X1, X0, X0    \
	VMOVD       X0, AX        \
	SUBL        offset+48(FP), AX \
	VCVTSI2SSL  AX, X0, X0    \
	VMULSS      scale+52(FP), X0, X0 \
	VMULSS      -4(R9), X0, X0 \
	VSUBSS      -8(R9), X0, X0 \
	VMOVSS      X0, (DI)      \
	ADDQ        $4, DI        \
	ADDQ        $4, R10       \
	CMPQ        R10, R15      \
	JLT         fetch         \
	VZEROUPPER                \
	RET

// func codeRowsVNNI(q *int8, width int, chunks *[]uint8, shift uint, ids *uint32, n int, offset int32, scale float32, out *float32)
TEXT ·codeRowsVNNI(SB), NOSPLIT, $0-64
	BEGIN
	FETCH
	ROW((R10))
	MOVQ   q+0(FP), SI
	MOVQ   R12, DX
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	SUBQ   $128, DX
	JL     odd

pair:
	// Four products of an unsigned and a signed byte are added to each 32-bit sum, without saturation.
	VMOVDQU32 (R9), Z2
	VMOVDQU32 64(R9), Z3
	VPDPBUSD  (SI), Z2, Z0
	VPDPBUSD  64(SI), Z3, Z1
	ADDQ      $128, SI
	ADDQ      $128, R9
	SUBQ      $128, DX
	JGE       pair

odd:
	ADDQ      $64, DX
	JL        sum
	VMOVDQU32 (R9), Z2
	VPDPBUSD  (SI), Z2, Z0
	ADDQ      $64, R9

sum:
	VPADDD        Z1, Z0, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD        Y1, Y0, Y0
	VEXTRACTI128  $1, Y0, X1
	VPADDD        X1, X0, X0
	FINISH

// func codeRowsAVX2(q *int8, width int, chunks *[]uint8, shift uint, ids *uint32, n int, offset int32, scale float32, out *float32)
TEXT ·codeRowsAVX2(SB), NOSPLIT, $0-64
	BEGIN
	FETCH
	ROW((R10))
	MOVQ  q+0(FP), SI
	MOVQ  R12, DX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1

block:
	// Bytes are widened to 16 bits first: the shorter way, VPMADDUBSW, saturates.
	VPMOVZXBW (R9), Y2
	VPMOVZXBW 16(R9), Y3
	VPMOVSXBW (SI), Y4
	VPMOVSXBW 16(SI), Y5
	VPMADDWD  Y4, Y2, Y2
	VPMADDWD  Y5, Y3, Y3
	VPADDD    Y2, Y0, Y0
	VPADDD    Y3, Y1, Y1
	ADDQ      $32, SI
	ADDQ      $32, R9
	SUBQ      $32, DX
	JNZ       block

	VPADDD       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	FINISH
