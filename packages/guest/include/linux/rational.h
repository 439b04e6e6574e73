/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_RATIONAL_H
#define _LINUX_RATIONAL_H

/* The fraction nearest to a given one whose numerator and denominator are not above a maximum. */
void rational_best_approximation(unsigned long given_numerator, unsigned long given_denominator,
				 unsigned long max_numerator, unsigned long max_denominator,
				 unsigned long *best_numerator, unsigned long *best_denominator);

#endif
