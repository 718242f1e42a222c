# <?php exit()?>
# 1 reads, 8 edits, creates and uploads; the groups are those of Doorward.
*	@ALL	1
*	@staff	8
