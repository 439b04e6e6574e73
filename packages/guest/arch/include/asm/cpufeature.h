/* SPDX-License-Identifier: MIT */
#ifndef _ASM_CPUFEATURE_H
#define _ASM_CPUFEATURE_H



#endif
