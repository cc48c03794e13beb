/* SPDX-License-Identifier: MIT */
/* Tests of list.h: rings from which a link can be taken without knowing its
 * list. */
#include "list.h"
#include "scene.h"

struct bead {
	int number;
	struct list link, other;
};

/* Asserts the numbers of the ring, forwards and backwards. */
static void expect_ring(const struct list *head, int n, const int numbers[])
{
	const struct list *at = head;

	for (int i = 0; i < n; i++) {
		at = at->next;
		ck_assert_ptr_ne(at, head);
		ck_assert_int_eq(
		    LIST_OWNER(at, struct bead, link)->number, numbers[i]);
	}
	ck_assert_ptr_eq(at->next, head);
	for (int i = n; i > 0; i--) {
		ck_assert_int_eq(
		    LIST_OWNER(at, struct bead, link)->number, numbers[i - 1]);
		at = at->prev;
	}
	ck_assert_ptr_eq(at, head);
	ck_assert_int_eq(list_is_empty(head), n == 0);
}

static void string_beads(struct list *head, struct bead beads[], int n)
{
	list_init(head);
	for (int i = 0; i < n; i++) {
		beads[i].number = i;
		list_init(&beads[i].link);
		list_init(&beads[i].other);
		list_append(head, &beads[i].link);
	}
}

START_TEST(links_stand_in_the_order_in_which_they_were_appended)
{
	struct list head;
	struct bead beads[3];

	list_init(&head);
	expect_ring(&head, 0, NULL);
	string_beads(&head, beads, 1);
	expect_ring(&head, 1, (int[]){0});
	string_beads(&head, beads, 3);
	expect_ring(&head, 3, (int[]){0, 1, 2});
}
END_TEST

START_TEST(any_link_can_be_removed_and_the_rest_stays_in_order)
{
	struct list head;
	struct bead beads[4];

	string_beads(&head, beads, 4);
	list_remove(&beads[1].link);
	expect_ring(&head, 3, (int[]){0, 2, 3});
	list_remove(&beads[0].link);
	expect_ring(&head, 2, (int[]){2, 3});
	list_remove(&beads[3].link);
	expect_ring(&head, 1, (int[]){2});
	list_remove(&beads[2].link);
	expect_ring(&head, 0, NULL);
}
END_TEST

START_TEST(removed_link_is_alone_and_may_be_removed_and_appended_again)
{
	struct list head, second;
	struct bead beads[2];

	string_beads(&head, beads, 2);
	list_init(&second);
	list_remove(&beads[0].link);
	ck_assert(list_is_empty(&beads[0].link));
	list_remove(&beads[0].link);
	expect_ring(&head, 1, (int[]){1});
	list_append(&second, &beads[0].link);
	expect_ring(&second, 1, (int[]){0});
	expect_ring(&head, 1, (int[]){1});
	list_remove(&beads[0].link);
	list_append(&head, &beads[0].link);
	expect_ring(&head, 2, (int[]){1, 0});
	expect_ring(&second, 0, NULL);
}
END_TEST

START_TEST(owner_is_found_from_each_of_its_links)
{
	struct bead bead = {.number = 7};

	list_init(&bead.link);
	list_init(&bead.other);
	ck_assert_ptr_eq(LIST_OWNER(&bead.link, struct bead, link), &bead);
	ck_assert_ptr_eq(LIST_OWNER(&bead.other, struct bead, other), &bead);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *tests = scene_case(suite, "list", NULL, NULL);

	tcase_add_test(
	    tests, links_stand_in_the_order_in_which_they_were_appended);
	tcase_add_test(
	    tests, any_link_can_be_removed_and_the_rest_stays_in_order);
	tcase_add_test(
	    tests, removed_link_is_alone_and_may_be_removed_and_appended_again);
	tcase_add_test(tests, owner_is_found_from_each_of_its_links);
	return scene_run(suite);
}
