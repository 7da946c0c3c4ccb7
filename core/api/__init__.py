"""The interface for programs, made from the same declarations as the pages.

A resource is one line: `screen_viewset(MEMBER_SCREEN)`. Rows come through `visible_to`, input through the
screen's forms, writes through the screen's actions; the interface adds nothing that a page does not allow.

Nothing is imported here: what is needed is imported from its module.
"""
